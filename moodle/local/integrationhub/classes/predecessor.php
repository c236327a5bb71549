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

namespace local_integrationhub;

/**
 * What the original plugin left in this site's tables, on its way to the hub: as often as one likes, a
 * repeat changes nothing there. The tables stay as they are until the administrator has them emptied.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
final class predecessor {
    /** Its tables. */
    private const TABLES = ['svc', 'rules', 'dlq', 'cb', 'log'];
    /** The hub's route. */
    private const PATH = '/connector/import';
    /** Rows of dead letters in one request, and their bytes: the hub takes 16 MiB. */
    private const ROWS = 1000;
    /** Bytes of rows in one request. */
    private const BYTES = 4 << 20;
    /** The hub may take so long for one request, in milliseconds. */
    private const TIMEOUT_MS = 60000;
    /** So many notices and refused rows are kept of a report. */
    private const KEPT = 200;

    /**
     * Whether there is anything to take over.
     *
     * @return bool
     */
    public static function has_data(): bool {
        global $DB;
        foreach (self::TABLES as $table) {
            if ($DB->record_exists_select('local_integrationhub_' . $table, '1 = 1')) {
                return true;
            }
        }
        return false;
    }

    /**
     * Whether this site ever had the original: there is something to take over, or a report.
     *
     * @return bool
     */
    public static function is_known(): bool {
        return self::progress() !== [] || self::has_data();
    }

    /**
     * How far it is, in words.
     *
     * @return string
     */
    public static function describe(): string {
        $progress = self::progress();
        $error = s($progress['error'] ?? '');
        switch ($progress['state'] ?? (self::has_data() ? 'waiting' : 'none')) {
            case 'done':
                return get_string('predecessor_done', 'local_integrationhub', userdate($progress['time']));
            case 'refused':
                return get_string('predecessor_refused', 'local_integrationhub', $error);
            case 'waiting':
                return get_string('predecessor_waiting', 'local_integrationhub', $error);
            default:
                return get_string('predecessor_none', 'local_integrationhub');
        }
    }

    /**
     * The hub's report, a line each.
     *
     * @return string[]
     */
    public static function report_lines(): array {
        $report = self::progress()['report'] ?? [];
        $names = [
            'services' => get_string('predecessor_rows_services', 'local_integrationhub'),
            'rules' => get_string('predecessor_rows_rules', 'local_integrationhub'),
            'dead_letters' => get_string('predecessor_rows_dead_letters', 'local_integrationhub'),
            'deliveries' => get_string('predecessor_rows_deliveries', 'local_integrationhub'),
        ];
        $lines = [];
        foreach ($names as $kind => $name) {
            $lines = array_merge($lines, self::lines_of($name, ($report[$kind] ?? []) + [
                'created' => 0, 'unchanged' => 0, 'renamed' => [], 'disabled' => [], 'refused' => [],
            ]));
        }
        foreach ($report['notices'] ?? [] as $notice) {
            $lines[] = get_string('predecessor_notice', 'local_integrationhub', $notice);
        }
        return $lines;
    }

    /**
     * What the report says of one kind of rows.
     *
     * @param string $name of the kind
     * @param array $rows
     * @return string[]
     */
    private static function lines_of(string $name, array $rows): array {
        $lines = [];
        $counts = ['created' => $rows['created'], 'unchanged' => $rows['unchanged'], 'refused' => count($rows['refused'])];
        if (array_sum($counts) > 0) {
            $lines[] = get_string('predecessor_row', 'local_integrationhub', (object) ($counts + ['name' => $name]));
        }
        foreach ($rows['renamed'] as $one) {
            $lines[] = get_string('predecessor_renamed', 'local_integrationhub', (object) $one);
        }
        foreach ($rows['disabled'] as $one) {
            $lines[] = get_string('predecessor_disabled', 'local_integrationhub', (object) $one);
        }
        foreach ($rows['refused'] as $one) {
            $lines[] = get_string('predecessor_refused_row', 'local_integrationhub', (object) $one);
        }
        return $lines;
    }

    /**
     * How far it is: done, refused or waiting (with error), and the hub's report; empty when nothing was sent.
     *
     * @return array state, time, error, report
     */
    public static function progress(): array {
        $kept = json_decode((string) get_config('local_integrationhub', 'predecessor'), true);
        return is_array($kept) ? $kept : [];
    }

    /**
     * Sends everything once after connecting, with the site's token; whoever asks for it later is a manager.
     */
    public static function send_unattended(): void {
        $connection = connection::current();
        $state = self::progress()['state'] ?? '';
        if ($connection === null || in_array($state, ['done', 'refused'], true) || !self::has_data()) {
            return;
        }
        $client = $connection->client(self::TIMEOUT_MS);
        self::send(function (string $body) use ($client): hub_answer {
            return $client->send('POST', self::PATH, $body);
        });
    }

    /**
     * Sends everything because a manager asks for it.
     *
     * @param \stdClass $user
     */
    public static function send_for(\stdClass $user): void {
        $connection = connection::current();
        if ($connection === null || !$connection->can_sign_on()) {
            throw new \moodle_exception('not_connected', 'local_integrationhub');
        }
        $who = $connection->sign_on((int) $user->id, fullname($user), 'manage');
        $proxy = new hub_proxy($connection->hub(), self::TIMEOUT_MS);
        self::send(function (string $body) use ($who, $proxy): hub_answer {
            $path = '/api/v1' . self::PATH;
            $headers = ['Content-Type: application/json', $who->header('POST', $path, $body)];
            $reply = $proxy->call('POST', $path, $headers, $body);
            return new hub_answer($reply->status, $reply->body, $reply->error);
        });
    }

    /**
     * Hands one queued event over. The hub knows it by the task's id.
     *
     * @param connection $connection
     * @param int $taskid
     * @param array $data of the task
     * @return string '' when the hub has it; otherwise why it must wait
     */
    public static function hand_over(connection $connection, int $taskid, array $data): string {
        $row = ['id' => $taskid, 'customdata' => array_intersect_key($data, ['ruleid' => 1, 'eventdata' => 1])];
        $answer = $connection->client(self::TIMEOUT_MS)->send('POST', self::PATH, self::encode(['task_adhoc' => [$row]]));
        if ($answer->status !== 200) {
            return $answer->describe();
        }
        $rows = $answer->json()['deliveries'] ?? [];
        return $rows['refused'][0]['error'] ?? '';
    }

    /**
     * Empties the tables, which stay. Only what the hub has taken over may go.
     *
     * @throws \moodle_exception when it has not
     */
    public static function clear(): void {
        global $DB;
        if ((self::progress()['state'] ?? '') !== 'done') {
            throw new \moodle_exception('predecessor_not_done', 'local_integrationhub');
        }
        foreach (self::TABLES as $table) {
            $DB->delete_records_select('local_integrationhub_' . $table, '1 = 1');
        }
    }

    /**
     * Sends the tables in parts: services and rules, then the dead letters.
     *
     * @param callable $post body => hub_answer
     */
    private static function send(callable $post): void {
        // What the hub noticed when it took rows over it does not tell again.
        $report = ['notices' => self::progress()['report']['notices'] ?? []];
        foreach (self::parts() as $part) {
            $answer = $post(self::encode($part));
            if ($answer->status !== 200) {
                $final = in_array($answer->status, [400, 403, 413, 422], true);
                self::keep($final ? 'refused' : 'waiting', $answer->describe(), $report);
                return;
            }
            $report = self::merged($report, $answer->json());
        }
        $report['notices'] = array_values(array_unique($report['notices']));
        self::keep('done', '', $report);
        self::hurry_queued_events();
    }

    /**
     * The hub knows the rules now: events that wait for that need not wait any longer.
     */
    private static function hurry_queued_events(): void {
        global $DB;
        $task = '\\local_integrationhub\\task\\dispatch_event_task';
        $DB->set_field_select('task_adhoc', 'nextruntime', time() - 1, 'classname = ?', [$task]);
    }

    /**
     * The parts, one after the other.
     *
     * @return \Generator of tables with rows
     */
    private static function parts(): \Generator {
        global $DB;
        yield [
            'local_integrationhub_svc' => array_values($DB->get_records('local_integrationhub_svc', null, 'id')),
            'local_integrationhub_rules' => array_values($DB->get_records('local_integrationhub_rules', null, 'id')),
        ];
        $rows = [];
        $bytes = 0;
        $after = 0;
        while ($found = $DB->get_records_select('local_integrationhub_dlq', 'id > ?', [$after], 'id', '*', 0, self::ROWS)) {
            foreach ($found as $row) {
                $size = strlen((string) $row->payload) + strlen((string) $row->error_message) + 1024;
                if ($rows && ($bytes + $size > self::BYTES || count($rows) >= self::ROWS)) {
                    yield ['local_integrationhub_dlq' => $rows];
                    $rows = [];
                    $bytes = 0;
                }
                $rows[] = $row;
                $bytes += $size;
                $after = $row->id;
            }
        }
        if ($rows) {
            yield ['local_integrationhub_dlq' => $rows];
        }
    }

    /**
     * JSON, whatever is in the rows.
     *
     * @param array $value
     * @return string
     */
    private static function encode(array $value): string {
        $flags = JSON_INVALID_UTF8_SUBSTITUTE | JSON_PARTIAL_OUTPUT_ON_ERROR | JSON_PRESERVE_ZERO_FRACTION;
        return json_encode($value, $flags | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);
    }

    /**
     * Two reports as one.
     *
     * @param array $all
     * @param array $part
     * @return array
     */
    private static function merged(array $all, array $part): array {
        foreach ($part as $name => $value) {
            if (is_int($value)) {
                $all[$name] = ($all[$name] ?? 0) + $value;
            } else if (is_array($value) && array_keys($value) === range(0, count($value) - 1)) {
                $all[$name] = array_slice(array_merge($all[$name] ?? [], $value), 0, self::KEPT);
            } else if (is_array($value)) {
                $all[$name] = self::merged($all[$name] ?? [], $value);
            }
        }
        return $all;
    }

    /**
     * Remembers how far it is.
     *
     * @param string $state
     * @param string $error
     * @param array $report
     */
    private static function keep(string $state, string $error, array $report): void {
        $kept = ['state' => $state, 'time' => time(), 'error' => $error, 'report' => $report];
        set_config('predecessor', self::encode($kept), 'local_integrationhub');
    }
}
