<?php
// What the functions that the plugin uses return in this Moodle: SCRIPT DIRROOT.

require(__DIR__ . '/bootstrap.php');

ob_start();
$found = require(dirname(__DIR__) . '/probes.php');
ob_end_clean();
// The probes empty the cache of the plugin; it is compiled again from the settings.
report($found);
