<?php
// Starts a script inside of a real Moodle: PHP SCRIPT DIRROOT ARGUMENT... on the command line; the
// witness starts the same scripts on a page and in a task of cron, with $arguments set.
// A script prints a line of JSON with report().

if (!defined('MOODLE_INTERNAL')) {
    define('CLI_SCRIPT', true);
    $dirroot = $argv[1];
    $arguments = array_slice($argv, 2);
    require("$dirroot/config.php");
}
\core\session\manager::set_user(get_admin());

function report($value): void {
    file_put_contents(PHP_SAPI === 'cli' ? 'php://stdout' : 'php://output', json_encode($value) . "\n");
}
