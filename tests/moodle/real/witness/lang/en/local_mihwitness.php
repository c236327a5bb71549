<?php
// Part of the tests' plugin local_mihwitness.

defined('MOODLE_INTERNAL') || die();

$string['pluginname'] = 'Witness';
