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
 * The outbox table: what the hub has not taken yet, and what it refused.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
final class outbox {
    /** To be sent. */
    const WAITING = 0;
    /** Written in safe mode; the request that wrote it is about to send it. */
    const HELD = 1;
    /** Refused by the hub for good; kept for review. */
    const REFUSED = 2;

    /** The table. */
    const TABLE = 'local_integrationhub_outbox';
    /** A row still held after so many seconds lost its request. */
    const HELD_S = 60;
    /** Refused rows are kept so long. */
    private const REFUSED_S = 30 * 86400;

    /**
     * Writes a record.
     *
     * @param record $record gets its row
     * @param int $status
     * @param string|null $reason
     */
    public static function add(record $record, int $status, ?string $reason = null): void {
        global $DB;
        $record->row = (int) $DB->insert_record(self::TABLE, self::row_of($record, $status, $reason));
    }

    /**
     * Makes records wait for the hub, in their order.
     *
     * @param record[] $records
     */
    public static function add_waiting(array $records): void {
        global $DB;
        $rows = array_filter(array_column($records, 'row'));
        if (count($rows) === count($records)) {
            self::set_status($rows, self::WAITING);
        } else if (count($records) === 1) {
            self::add(reset($records), self::WAITING);
        } else {
            // Those that have a row already get a new one: the table's order is the order of sending.
            $transaction = $DB->start_delegated_transaction();
            try {
                self::remove($records);
                $DB->insert_records(self::TABLE, array_map(function ($record) {
                    return self::row_of($record, self::WAITING, null);
                }, $records));
                $transaction->allow_commit();
            } catch (\Throwable $failure) {
                $transaction->rollback($failure);
            }
        }
    }

    /**
     * Removes the rows of records that the hub has taken.
     *
     * @param record[] $records
     */
    public static function remove(array $records): void {
        global $DB;
        $rows = array_filter(array_column($records, 'row'));
        if ($rows) {
            $DB->delete_records_list(self::TABLE, 'id', $rows);
        }
    }

    /**
     * Keeps a record that the hub refused.
     *
     * @param record $record
     * @param string $reason
     */
    public static function refuse(record $record, string $reason): void {
        global $DB;
        if ($record->row === 0) {
            self::add($record, self::REFUSED, $reason);
            return;
        }
        $DB->update_record(self::TABLE, (object) [
            'id' => $record->row,
            'status' => self::REFUSED,
            'reason' => $reason,
        ]);
    }

    /**
     * The next records to be sent, oldest first.
     *
     * @param int $limit
     * @param int $maxbytes of all bodies together; the first is returned whatever its size
     * @return record[]
     */
    public static function next(int $limit, int $maxbytes): array {
        global $DB;
        [$where, $params] = self::sendable();
        $rows = $DB->get_recordset_select(self::TABLE, $where, $params, 'id', '*', 0, $limit);
        $records = [];
        $bytes = 0;
        foreach ($rows as $row) {
            $bytes += strlen($row->body);
            if ($records && $bytes > $maxbytes) {
                break;
            }
            $records[] = self::record_of($row);
        }
        $rows->close();
        return $records;
    }

    /**
     * Whether nothing waits.
     *
     * @return bool
     */
    public static function is_empty(): bool {
        global $DB;
        return !$DB->record_exists(self::TABLE, ['status' => self::WAITING]);
    }

    /**
     * How many wait.
     *
     * @return int
     */
    public static function count_waiting(): int {
        global $DB;
        [$where, $params] = self::sendable();
        return $DB->count_records_select(self::TABLE, $where, $params);
    }

    /**
     * When the oldest waiting one was written; 0 when none waits.
     *
     * @return int
     */
    public static function oldest(): int {
        global $DB;
        [$where, $params] = self::sendable();
        return (int) $DB->get_field_select(self::TABLE, 'MIN(timecreated)', $where, $params);
    }

    /**
     * The refused ones of the last 30 days: how many, and the reason of the newest.
     *
     * @return array count, reason
     */
    public static function refused(): array {
        global $DB;
        $count = $DB->count_records(self::TABLE, ['status' => self::REFUSED]);
        $newest = $DB->get_records(self::TABLE, ['status' => self::REFUSED], 'id DESC', 'id, reason', 0, 1);
        return [$count, $newest ? (string) reset($newest)->reason : ''];
    }

    /**
     * Refuses everything that waits, for a reason found here.
     *
     * @param string $reason
     */
    public static function refuse_all(string $reason): void {
        global $DB;
        $DB->set_field_select(self::TABLE, 'reason', $reason, 'status <> ?', [self::REFUSED]);
        $DB->set_field_select(self::TABLE, 'status', self::REFUSED, 'status <> ?', [self::REFUSED]);
    }

    /**
     * Forgets refused ones that are old.
     */
    public static function purge(): void {
        global $DB;
        $DB->delete_records_select(
            self::TABLE,
            'status = ? AND timecreated < ?',
            [self::REFUSED, time() - self::REFUSED_S]
        );
    }

    /**
     * Sets the status of rows.
     *
     * @param int[] $rows
     * @param int $status
     */
    private static function set_status(array $rows, int $status): void {
        global $DB;
        [$in, $params] = $DB->get_in_or_equal($rows);
        $DB->set_field_select(self::TABLE, 'status', $status, "id $in", $params);
    }

    /**
     * The condition for rows that are to be sent.
     *
     * @return array SQL, parameters
     */
    private static function sendable(): array {
        return [
            'status = ? OR (status = ? AND timecreated < ?)',
            [self::WAITING, self::HELD, time() - self::HELD_S],
        ];
    }

    /**
     * A record as a row.
     *
     * @param record $record
     * @param int $status
     * @param string|null $reason
     * @return \stdClass
     */
    private static function row_of(record $record, int $status, ?string $reason): \stdClass {
        return (object) [
            'kind' => $record->kind,
            'status' => $status,
            'uuid' => $record->uuid,
            'userid' => $record->userid,
            'relateduserid' => $record->relateduserid,
            'body' => $record->body,
            'reason' => $reason,
            'timecreated' => time(),
        ];
    }

    /**
     * A row as a record.
     *
     * @param \stdClass $row
     * @return record
     */
    private static function record_of(\stdClass $row): record {
        $record = new record();
        $record->row = (int) $row->id;
        $record->kind = $row->kind;
        $record->uuid = $row->uuid;
        $record->body = $row->body;
        $record->userid = (int) $row->userid;
        $record->relateduserid = (int) $row->relateduserid;
        return $record;
    }
}
