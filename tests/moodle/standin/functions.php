<?php
// Moodle's global functions.

class moodle_exception extends Exception {
    public $errorcode;
    public $module;
    public $a;

    public function __construct($errorcode, $module = '', $link = '', $a = null, $debuginfo = null) {
        $this->errorcode = $errorcode;
        $this->module = $module;
        $this->a = $a;
        parent::__construct(get_string($errorcode, $module, $a));
    }
}

class require_login_exception extends moodle_exception {
    public function __construct($hint) {
        Exception::__construct('Unsupported redirect detected, script execution terminated ' . $hint);
    }
}

class coding_exception extends moodle_exception {
    public function __construct($hint) {
        Exception::__construct('Coding error detected, it must be fixed by a programmer: ' . $hint);
    }
}

class dml_exception extends moodle_exception {
    public function __construct($errorcode, $a = null) {
        $this->errorcode = $errorcode;
        Exception::__construct($errorcode . ' ' . $a);
    }
}
class dml_write_exception extends dml_exception {
}
class dml_transaction_exception extends dml_exception {
}

function during_initial_install() {
    global $CFG;
    return empty($CFG->rolesactive);
}

function getremoteaddr($default = '0.0.0.0') {
    return getenv('STANDIN_IP') ?: $default;
}

function get_string($identifier, $component = '', $a = null) {
    static $string = null;
    if ($component !== 'local_integrationhub') {
        return "[[$identifier]]";
    }
    if ($string === null) {
        require(PLUGIN . '/lang/en/local_integrationhub.php');
    }
    $text = $string[$identifier] ?? "[[$identifier]]";
    if (is_array($a) || is_object($a)) {
        foreach ((array) $a as $name => $value) {
            $text = str_replace('{$a->' . $name . '}', (string) $value, $text);
        }
        return $text;
    }
    return str_replace('{$a}', (string) $a, $text);
}

function s($text) {
    return htmlspecialchars((string) $text, ENT_QUOTES | ENT_HTML401 | ENT_SUBSTITUTE);
}

function fullname($user) {
    return $user->firstname . ' ' . $user->lastname;
}

function format_time($seconds) {
    return "$seconds secs";
}

function mtrace($text) {
    fwrite(STDERR, "$text\n");
}

function debugging($message) {
    fwrite(STDERR, "debugging: $message\n");
}

function get_callable_name($callback) {
    return is_array($callback) ? get_class($callback[0]) . '->' . $callback[1] : (string) $callback;
}

// Held by the process like Moodle's own: a long-running process sees old values.
class standin_config {
    public static $held = null;

    public static function all() {
        global $CFG, $DB;
        if (self::$held === null) {
            self::$held = $DB->get_records_menu('config_plugins', ['plugin' => 'local_integrationhub'], '', 'name, value');
        }
        return array_merge(self::$held, $CFG->forced_plugin_settings['local_integrationhub'] ?? []);
    }
}

function get_config($plugin, $name = null) {
    $all = standin_config::all();
    if ($name === null) {
        return (object) $all;
    }
    return $all[$name] ?? false;
}

function set_config($name, $value, $plugin = null) {
    global $DB;
    $DB->delete_records_select('config_plugins', 'plugin = ? AND name = ?', [$plugin, $name]);
    if ($value !== null) {
        $DB->insert_record('config_plugins', (object) ['plugin' => $plugin, 'name' => $name, 'value' => (string) $value]);
    }
    standin_config::$held = null;
    return true;
}

// Who is at the other end is in $USER: id 0 is nobody; `unfinished` must change the password first.
function require_login($course = null, $autologinguest = true, $cm = null, $setwantsurl = true, $preventredirect = false) {
    global $USER;
    if (!$preventredirect) {
        throw new coding_exception('the stand-in cannot redirect');
    }
    if (!$USER->id) {
        throw new require_login_exception('You are not logged in');
    }
    if (!empty($USER->unfinished)) {
        throw new moodle_exception('forcepasswordchangenotice', 'auth');
    }
}

function has_capability($capability, $context) {
    global $USER;
    return in_array($capability, $USER->capabilities ?? [], true);
}

function sesskey() {
    global $USER;
    return $USER->sesskey = $USER->sesskey ?? 'thesesskey';
}

function confirm_sesskey($sesskey = null) {
    if ($sesskey === null) {
        throw new coding_exception('the stand-in takes no parameters');
    }
    return sesskey() === $sesskey;
}

function current_language() {
    return 'es';
}
