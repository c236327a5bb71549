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

namespace local_integrationhub\privacy;

use local_integrationhub\connection;
use local_integrationhub\task\erase_user_data;

/**
 * What the hub holds about people of this site.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class hub_data {
    /** The hub looks through all it has, page by page. In milliseconds, for a page. */
    private const TIMEOUT_MS = 30000;
    /** The parts of an export. */
    private const PARTS = ['events', 'samples', 'dead_letters', 'log', 'inbound'];

    /**
     * The connection of this site; null when there is none.
     *
     * @return connection|null
     */
    public static function connection(): ?connection {
        $connection = connection::current();
        return $connection !== null && $connection->is_of_this_site() ? $connection : null;
    }

    /**
     * All that the hub has about a user; null when it cannot be asked now.
     *
     * @param int $userid
     * @return array|null by part: events, samples, dead_letters, log, inbound
     */
    public static function export(int $userid): ?array {
        $connection = self::connection();
        if ($connection === null) {
            return null;
        }
        $client = $connection->client(self::TIMEOUT_MS);
        $found = array_fill_keys(self::PARTS, []);
        $request = ['userid' => $userid];
        do {
            $answer = $client->send('POST', '/privacy/export', json_encode($request));
            $page = json_decode($answer->body, true);
            if ($answer->status !== 200 || !is_array($page)) {
                return null;
            }
            foreach (self::PARTS as $part) {
                $found[$part] = array_merge($found[$part], $page[$part] ?? []);
            }
            $request['cursor'] = $page['next_cursor'] ?? null;
        } while ($request['cursor'] !== null);
        return $found;
    }

    /**
     * Queues the erasure of what the hub has about a user: it is asked until it has taken it.
     *
     * @param int $userid
     */
    public static function erase(int $userid): void {
        if (connection::current() === null) {
            return;
        }
        $task = new erase_user_data();
        $task->set_custom_data(['userid' => $userid]);
        \core\task\manager::queue_adhoc_task($task, true);
    }

    /**
     * Asks the hub once.
     *
     * @param int $userid
     * @return string why it did not take it; '' when it did
     */
    public static function ask_to_erase(int $userid): string {
        $connection = self::connection();
        if ($connection === null) {
            return 'this site is not connected with a hub';
        }
        $answer = $connection->client(self::TIMEOUT_MS)
            ->send('POST', '/privacy/erase', json_encode(['userid' => $userid]));
        return $answer->status === 202 ? '' : $answer->describe();
    }
}
