<?php
// One measurement inside of Moodle, as a page: page.php?about=...&count=N&shift=N. It is copied into the
// tree that is measured and prints microseconds as JSON.
//
// about: matched or unmatched, events that a rule needs or not, through Moodle's event manager; with
// without=1 the same without the plugin; safe, matched ones inside of a transaction; empty and stored,
// a bare POST of no event or of one.

define('NO_MOODLE_COOKIES', true);
require(__DIR__ . '/config.php');
\core\session\manager::set_user(get_admin());

$about = required_param('about', PARAM_ALPHA);
$count = required_param('count', PARAM_INT);
$shift = required_param('shift', PARAM_INT);
$without = optional_param('without', false, PARAM_BOOL);
$found = [];

function microseconds(int $start): float {
    return round((hrtime(true) - $start) / 1000, 2);
}

// Each is about another object: nothing takes one for a repeat of another.
function made(string $class, int $number): \core\event\base {
    return $class::create([
        'objectid' => $number, 'relateduserid' => $number, 'context' => context_user::instance(2),
        'other' => ['name' => 'Ada Lovelace', 'grade' => 9.5, 'tags' => ['a', 'b']],
    ]);
}

// Leaves the plugin's observers alone, or none: what others do with an event is no matter here.
function observers(bool $with): void {
    static $all = null;
    \core\event\manager::get_all_observers();
    $property = new ReflectionProperty(\core\event\manager::class, 'allobservers');
    $property->setAccessible(true);
    $all = $all ?? $property->getValue();
    $kept = array_map(function ($observers) use ($with) {
        return array_values(array_filter($observers, function ($observer) use ($with) {
            return $with && strpos($observer->callable, 'local_integrationhub') !== false;
        }));
    }, $all);
    $property->setValue(null, $kept);
}

// Over a new connection, as at the end of each request.
function post(string $url, string $token, string $body): float {
    $start = hrtime(true);
    $curl = curl_init();
    curl_setopt_array($curl, [
        CURLOPT_URL => $url, CURLOPT_POSTFIELDS => $body, CURLOPT_RETURNTRANSFER => true, CURLOPT_PROXY => '',
        CURLOPT_HTTPHEADER => ['Content-Type: application/json', "Authorization: Bearer $token", 'Expect:'],
    ]);
    curl_exec($curl);
    return curl_getinfo($curl, CURLINFO_RESPONSE_CODE) === 202 ? microseconds($start) : -1;
}

$class = $about === 'unmatched' ? \core\event\user_loggedout::class : \core\event\user_updated::class;
$events = [];
for ($i = 0; $i < $count; $i++) {
    $events[] = made($class, $shift + $i);
}
// Moodle's own part of a first event is no matter of the plugin.
observers(false);
made($class, $shift + $count)->trigger();

if ($about === 'empty' || $about === 'stored') {
    foreach ($events as $event) {
        $id = \local_integrationhub\uuid7::make((int) (microtime(true) * 1000000));
        $body = json_encode($about === 'empty' ? [] : [['id' => $id] + $event->get_data()]);
        $found['each'][] = post($_SERVER['HTTP_X_HUB'], $_SERVER['HTTP_X_TOKEN'], $body);
    }
} else if ($about === 'safe') {
    observers(true);
    $transaction = $DB->start_delegated_transaction();
    $row = (object) ['nonce' => '', 'timecreated' => time()];
    foreach ($events as $event) {
        $start = hrtime(true);
        \local_integrationhub\observer::event_triggered($event);
        $found['each'][] = microseconds($start);
        $row->nonce = bin2hex(random_bytes(16));
        $start = hrtime(true);
        $DB->insert_record('local_integrationhub_nonce', $row);
        $found['insert'][] = microseconds($start);
    }
    try {
        $transaction->rollback(new Exception('measured'));
    } catch (Exception $e) {
        $found['rolled back'] = true;
    }
} else {
    observers(!$without);
    $ended = 0;
    // Moodle calls these in the order in which they were registered, the plugin's between the two.
    \core_shutdown_manager::register_function(function () use (&$ended) {
        $ended = hrtime(true);
    });
    foreach ($events as $event) {
        $start = hrtime(true);
        $event->trigger();
        $found['each'][] = microseconds($start);
    }
    \core_shutdown_manager::register_function(function () use (&$ended, &$found) {
        $found['shutdown'] = microseconds($ended);
        echo json_encode($found);
    });
    exit;
}
echo json_encode($found);
