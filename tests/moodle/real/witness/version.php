<?php
// A plugin of the tests: writes down what was committed, independently of the connector.

defined('MOODLE_INTERNAL') || die();

$plugin->component = 'local_mihwitness';
$plugin->version = 2026112300;
$plugin->requires = 2022112800;
