<?php
// What capturing costs in this Moodle, in microseconds, medians: SCRIPT DIRROOT.

require(__DIR__ . '/bootstrap.php');

use local_integrationhub\capture;
use local_integrationhub\capture_plan;
use local_integrationhub\hub_client;
use local_integrationhub\observer;
use local_integrationhub\sender;

const RUNS = 41;

function median_us(callable $do, int $times = 1): float {
    $costs = [];
    for ($run = 0; $run < RUNS; $run++) {
        $start = hrtime(true);
        for ($i = 0; $i < $times; $i++) {
            $do();
        }
        $costs[] = (hrtime(true) - $start) / 1000 / $times;
    }
    sort($costs);
    return round($costs[intdiv(RUNS, 2)], 1);
}

function set_property(string $class, string $name, $value, $object = null): void {
    (new ReflectionProperty($class, $name))->setValue($object, $value);
}

function patterns(array $patterns): void {
    $plan = capture_plan::current();
    set_property(capture_plan::class, 'exact', [], $plan);
    set_property(capture_plan::class, 'pattern', $patterns ? '~^(?:' . implode('|', $patterns) . ')$~sD' : '', $plan);
    set_property(capture_plan::class, 'decisions', [], $plan);
    // Held for the whole measurement.
    set_property(capture_plan::class, 'lookedat', hrtime(true) + 3600000000000);
}

function made(): \core\event\base {
    return \core\event\user_updated::create([
        'objectid' => 2, 'relateduserid' => 2, 'context' => context_user::instance(2), 'other' => ['a' => 'b'],
    ]);
}

$event = made();
$found = [];

// The first event of a request, as a fresh process finds it: classes loaded, list from the cache.
$start = hrtime(true);
$plan = capture_plan::current();
$found['list load (cold, us)'] = round((hrtime(true) - $start) / 1000, 1);
$found['list load (warm, us)'] = median_us(function () {
    set_property(capture_plan::class, 'lookedat', 0);
    capture_plan::current();
});

patterns([]);
$found['no rule (us)'] = median_us(function () use ($event) {
    observer::event_triggered($event);
    observer::event_committed($event);
}, 200);

// The matching event, without what is sent: as on a page, where it is kept until the end.
patterns(['.*']);
$plan = capture_plan::current();
$taken = new ReflectionMethod(capture::class, 'snapshot');
$capture = capture::instance();
$found['matching rule, snapshot (us)'] = median_us(function () use ($taken, $capture, $event, $plan) {
    $taken->invoke($capture, $event, $plan);
}, 100);

// The whole of the safe way: the insert inside of an open transaction.
if ($plan->safe) {
    $transaction = $DB->start_delegated_transaction();
    $found['safe, inside (us)'] = median_us(function () use ($event) {
        observer::event_triggered($event);
    }, 10);
    $found['a bare insert (us)'] = median_us(function () use ($DB) {
        $DB->insert_record('local_integrationhub_nonce', (object) ['nonce' => bin2hex(random_bytes(16)), 'timecreated' => 1]);
    }, 10);
    try {
        $transaction->rollback(new Exception('measured'));
    } catch (Exception $e) {
        $found['rolled back'] = 'yes';
    }
} else {
    $records = function (int $count) use ($taken, $capture, $plan) {
        $all = [];
        for ($i = 0; $i < $count; $i++) {
            $all[] = $taken->invoke($capture, made(), $plan);
        }
        return $all;
    };
    foreach ([1, 10] as $count) {
        $found["end of request, $count (us)"] = median_us(function () use ($plan, $records, $count) {
            (new sender(hub_client::for_page($plan)))->send($records($count));
        });
    }
    $found['taking 10 (us)'] = median_us(function () use ($records) {
        $records(10);
    });
    $found['a bare post (us)'] = median_us(function () use ($plan) {
        (new hub_client($plan->hub, 'none'))->get('/openapi.json?x=1');
    });
}
report($found);
