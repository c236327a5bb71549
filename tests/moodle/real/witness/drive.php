<?php
// Part of the tests' plugin local_mihwitness: runs one of the scripts of real/ as a page.

define('NO_MOODLE_COOKIES', true);
require(__DIR__ . '/../../config.php');

$arguments = json_decode(required_param('arguments', PARAM_RAW), true);
require(required_param('script', PARAM_RAW));
