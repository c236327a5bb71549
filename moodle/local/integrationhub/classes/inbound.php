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
 * Takes messages of services: each becomes an event, once.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
final class inbound {
    /** The ids of messages that were taken. */
    const TABLE = 'local_integrationhub_inbound';
    /** A repeat is recognised for so long. */
    const KNOWN_S = 7 * 86400;

    /**
     * What is wrong with a message; '' when nothing is.
     *
     * @param array $message
     * @return string
     */
    public static function fault(array $message): string {
        $id = $message['id'] ?? null;
        if (!is_string($id) || !preg_match('/^[\x21-\x7e]{1,64}$/D', $id)) {
            return 'id must be 1 to 64 visible ASCII characters';
        }
        if (!is_int($message['serviceid'] ?? null) || !is_string($message['servicename'] ?? null)) {
            return 'serviceid must be a number, servicename a text';
        }
        if (!in_array($message['source'] ?? null, ['webhook', 'amqp'], true)) {
            return 'source must be webhook or amqp';
        }
        return '';
    }

    /**
     * Takes a message: when this returns, its event is triggered and committed, now or earlier.
     *
     * @param array $message without fault(): id, serviceid, servicename, source, payload
     * @return bool false for a repeat
     */
    public static function take(array $message): bool {
        global $DB;
        if (self::is_known($message['id'])) {
            return false;
        }
        $transaction = $DB->start_delegated_transaction();
        try {
            // The unique index decides between two at the same moment.
            $DB->insert_record(self::TABLE, (object) ['messageid' => $message['id'], 'timecreated' => time()], false);
            event\webhook_received::create([
                'context' => \context_system::instance(),
                'other' => [
                    'serviceid' => $message['serviceid'],
                    'servicename' => $message['servicename'],
                    'source' => $message['source'],
                    'payload' => $message['payload'] ?? null,
                ],
            ])->trigger();
            $transaction->allow_commit();
            return true;
        } catch (\Throwable $failure) {
            self::roll_back($transaction, $failure);
            if (!self::is_known($message['id'])) {
                throw $failure;
            }
            // Another call took it, or an observer failed after the commit.
            observer::report($failure);
            return false;
        }
    }

    /**
     * Forgets the ids of old messages.
     */
    public static function purge(): void {
        global $DB;
        $DB->delete_records_select(self::TABLE, 'timecreated < ?', [time() - self::KNOWN_S]);
    }

    /**
     * Whether a message was taken.
     *
     * @param string $id
     * @return bool
     */
    private static function is_known(string $id): bool {
        global $DB;
        return $DB->record_exists(self::TABLE, ['messageid' => $id]);
    }

    /**
     * Ends a transaction that failed, if it has not ended yet.
     *
     * @param \moodle_transaction $transaction
     * @param \Throwable $failure
     */
    private static function roll_back(\moodle_transaction $transaction, \Throwable $failure): void {
        if ($transaction->is_disposed()) {
            return;
        }
        try {
            $transaction->rollback($failure);
        } catch (\Throwable $same) {
            return;
        }
    }
}
