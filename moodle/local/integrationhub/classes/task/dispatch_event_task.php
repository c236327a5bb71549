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
use local_integrationhub\gateway;

/**
 * An event that the original plugin had queued when this one took its place: it becomes a durable call of
 * the service of the same name, once. New ones are not queued any more.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class dispatch_event_task extends \core\task\adhoc_task {
    /** Seconds until it is tried again while the hub does not know the service yet. */
    private const LATER_S = 600;

    /**
     * Hands the event over.
     */
    public function execute() {
        $data = (array) $this->get_custom_data();
        $data['taskid'] = $data['taskid'] ?? $this->get_id();
        $rule = self::record('local_integrationhub_rules', $data['ruleid'] ?? 0);
        $service = $rule ? self::record('local_integrationhub_svc', $rule->serviceid) : null;
        if (!$service || !$rule->enabled || !$service->enabled) {
            mtrace('Its rule or service was disabled or deleted: the event is dropped.');
            return;
        }
        $connection = connection::current();
        if ($connection === null || !$connection->is_of_this_site()) {
            $this->try_later($data, 'this site is not connected with a hub');
            return;
        }
        try {
            gateway::instance()->enqueue_once(
                'task-' . (int) get_config('local_integrationhub', 'siteid') . '-' . $data['taskid'],
                $service->name,
                (string) $rule->endpoint !== '' ? $rule->endpoint : '/',
                self::payload((string) $rule->payload_template, (array) ($data['eventdata'] ?? [])),
                $service->type === 'amqp' ? '' : (string) $rule->http_method
            );
        } catch (\moodle_exception $refused) {
            if (!in_array($refused->errorcode, ['service_not_found', 'service_disabled'], true)) {
                throw $refused;
            }
            $this->try_later($data, $refused->getMessage());
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
     * What the original plugin would have sent.
     *
     * @param string $template
     * @param array $event
     * @return array
     * @throws \moodle_exception when the template gives no JSON for this event
     */
    private static function payload(string $template, array $event): array {
        if ($template === '') {
            return $event;
        }
        $values = [];
        foreach ($event as $name => $value) {
            if (is_scalar($value) || $value === null) {
                $values['{{' . $name . '}}'] = is_string($value) ? substr(json_encode($value), 1, -1) : json_encode($value);
            }
        }
        $payload = json_decode(strtr($template, $values), true);
        if (!is_array($payload)) {
            throw new \moodle_exception('call_refused', 'local_integrationhub', '', json_last_error_msg());
        }
        return $payload;
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
