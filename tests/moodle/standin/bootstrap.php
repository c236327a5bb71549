<?php
// Stands in for Moodle: the functions that the plugin uses, on SQLite, in one directory.
// What they return is compared with recordings of real Moodles (tests/moodle/recorded).
//
// Environment: STANDIN_ROOT the site's directory; STANDIN_WEB=1 for a page instead of a script;
// STANDIN_WWWROOT its address.

define('MOODLE_INTERNAL', true);
define('CLI_SCRIPT', getenv('STANDIN_WEB') !== '1');
define('PARAM_RAW_TRIMMED', 'raw_trimmed');
define('PLUGIN', dirname(__DIR__, 3) . '/moodle/local/integrationhub');
define('CAP_ALLOW', 1);
define('CONTEXT_SYSTEM', 10);
define('RISK_CONFIG', 2);
define('RISK_PERSONAL', 8);
define('RISK_DATALOSS', 32);

error_reporting(E_ALL);
ini_set('display_errors', 'stderr');
set_error_handler(function ($level, $message, $file, $line) {
    throw new ErrorException($message, 0, $level, $file, $line);
});

$CFG = new stdClass();
$CFG->dataroot = getenv('STANDIN_ROOT');
$CFG->wwwroot = getenv('STANDIN_WWWROOT') ?: 'https://moodle.example';
$CFG->release = '4.5.5+ (Build: 20250613)';
$CFG->allversionshash = 'f00d';
$CFG->rolesactive = 1;
$USER = (object) ['id' => 2];
$PAGE = (object) ['requestorigin' => CLI_SCRIPT ? 'cli' : 'web'];

spl_autoload_register(function ($class) {
    $prefix = 'local_integrationhub\\';
    if (strpos($class, $prefix) === 0) {
        $file = PLUGIN . '/classes/' . str_replace('\\', '/', substr($class, strlen($prefix))) . '.php';
        if (is_file($file)) {
            require_once($file);
        }
    }
});

require_once(__DIR__ . '/functions.php');
require_once(__DIR__ . '/database.php');
require_once(__DIR__ . '/cache.php');
require_once(__DIR__ . '/core.php');
require_once(__DIR__ . '/events.php');

$DB = new standin_database($CFG->dataroot . '/moodle.sqlite');
register_shutdown_function(['core_shutdown_manager', 'shutdown_handler']);
