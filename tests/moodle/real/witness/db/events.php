<?php
// After all others, so that it saw only what every other observer let pass.

defined('MOODLE_INTERNAL') || die();

$observers = [
    [
        'eventname' => '*',
        'callback' => '\local_mihwitness\witness::saw',
        'internal' => true,
        'priority' => -9999,
    ],
];
