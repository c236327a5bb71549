<?php
// Part of the tests' plugin local_mihwitness.

namespace local_mihwitness\task;

/**
 * Runs one of the scripts of real/ in cron.
 */
class drive extends \core\task\adhoc_task {
    public function execute() {
        global $CFG, $COURSE, $DB, $OUTPUT, $PAGE, $SITE, $USER;
        ['script' => $script, 'arguments' => $arguments] = (array) $this->get_custom_data();
        require($script);
    }
}
