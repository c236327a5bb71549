<?php
// This file is part of Moodle - http://moodle.org/
//
// Moodle is free software: you can redistribute it and/or modify
// it under the terms of the GNU General Public License as published by
// the Free Software Foundation, either version 3 of the License, or
// (at your option) any later version.
//
// Moodle is distributed in the hope that it will be useful,
// but WITHOUT ANY WARRANTY; without even the implied warranty of
// MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
// GNU General Public License for more details.
//
// You should have received a copy of the GNU General Public License
// along with Moodle.  If not, see <http://www.gnu.org/licenses/>.

namespace local_integrationhub\task;

use local_integrationhub\connection;
use local_integrationhub\predecessor;

/**
 * An event that the original plugin had queued when this one took its place: it becomes a delivery of its
 * own rule, once. New ones are not queued any more.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class dispatch_event_task extends \core\task\adhoc_task {
    /** Seconds until it is tried again while the hub does not take it. */
    private const LATER_S = 600;

    /**
     * Hands the event over.
     */
    public function execute() {
        $data = (array) $this->get_custom_data();
        $data['taskid'] = $data['taskid'] ?? $this->get_id();
        if (self::was_disabled($data['ruleid'] ?? 0)) {
            mtrace('Its rule or service was disabled: the event is dropped, as the original did.');
            return;
        }
        $connection = connection::current();
        if ($connection === null || !$connection->is_of_this_site()) {
            $this->try_later($data, 'this site is not connected with a hub');
            return;
        }
        $why = predecessor::hand_over($connection, (int) $data['taskid'], $data);
        if ($why !== '') {
            $this->try_later($data, $why);
        }
    }

    /**
     * Queues it anew: the attempts that Moodle gives a task are for failures.
     *
     * @param array $data
     * @param string $why
     */
    private function try_later(array $data, string $why): void {
        mtrace("The event waits: $why");
        $later = new self();
        $later->set_custom_data($data);
        $later->set_next_run_time(time() + self::LATER_S);
        \core\task\manager::queue_adhoc_task($later);
    }

    /**
     * Whether the original's tables say that the rule or its service was disabled.
     *
     * @param mixed $ruleid
     * @return bool
     */
    private static function was_disabled($ruleid): bool {
        $rule = self::record('local_integrationhub_rules', $ruleid);
        if ($rule === null) {
            return false;
        }
        $service = self::record('local_integrationhub_svc', $rule->serviceid);
        return !$rule->enabled || ($service !== null && !$service->enabled);
    }

    /**
     * A row of one of the original's tables, or null.
     *
     * @param string $table
     * @param mixed $id
     * @return \stdClass|null
     */
    private static function record(string $table, $id): ?\stdClass {
        global $DB;
        $rows = $DB->get_records($table, ['id' => $id]);
        return $rows ? reset($rows) : null;
    }
}
