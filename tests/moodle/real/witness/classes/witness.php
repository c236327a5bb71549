<?php
// Part of the tests' plugin local_mihwitness.

namespace local_mihwitness;

/**
 * Writes each event into a table, inside of the transaction that it happens in: what is in the table
 * was committed, what was rolled back is not.
 */
class witness {
    public static function saw(\core\event\base $event): void {
        global $CFG, $DB;
        if (!empty($CFG->upgraderunning) || $event->eventname === '\core\event\config_log_created') {
            return;
        }
        $DB->insert_record('local_mihwitness', (object) [
            'process' => getmypid(),
            'body' => json_encode($event->get_data(), JSON_PRESERVE_ZERO_FRACTION | JSON_PARTIAL_OUTPUT_ON_ERROR),
        ], false);
    }
}
