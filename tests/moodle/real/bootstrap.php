<?php
// Starts a script inside of a real Moodle: PHP SCRIPT DIRROOT ARGUMENT...
// It prints a line of JSON with report().

define('CLI_SCRIPT', true);
$dirroot = $argv[1];
$arguments = array_slice($argv, 2);
require("$dirroot/config.php");
\core\session\manager::set_user(get_admin());

function report($value): void {
    fwrite(STDOUT, json_encode($value) . "\n");
}
