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

use local_integrationhub\callback;
use local_integrationhub\catalogue;
use local_integrationhub\connection;
use local_integrationhub\inbound;
use local_integrationhub\outbox;
use local_integrationhub\predecessor;
use local_integrationhub\sender;
use local_integrationhub\settings;
use local_integrationhub\subscriptions;

/**
 * Each minute: asks for the subscription list and sends what waits in the outbox.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class sync extends \core\task\scheduled_task {
    /** It sends for so many seconds. */
    private const SENDING_S = 50;
    /** The hub's answer to a batch may take so long, in milliseconds. */
    private const TIMEOUT_MS = 30000;

    /**
     * The task's name.
     *
     * @return string
     */
    public function get_name() {
        return get_string('task_sync', 'local_integrationhub');
    }

    /**
     * Does it.
     */
    public function execute() {
        $deadline = time() + self::SENDING_S;
        $this->tidy();
        $connection = connection::current();
        if ($connection === null) {
            mtrace('This site is not connected with a hub.');
            return;
        }
        if (!$connection->is_of_this_site()) {
            mtrace('This is a copy of ' . $connection->wwwroot() . ': nothing is sent.');
            return;
        }
        settings::changed();
        $client = $connection->client(self::TIMEOUT_MS);
        $version = $client->version();
        $answer = subscriptions::fetch($client);
        if ($answer->status !== 200) {
            mtrace('The hub does not give its list: ' . $answer->describe());
            return;
        }
        if ($client->version() !== $version) {
            // Tells the hub at once that the new list is in force here.
            subscriptions::fetch($client);
        }
        predecessor::send_unattended();
        $failure = (new sender($client))->drain($deadline);
        if ($failure !== '') {
            mtrace('The hub takes no more events: ' . $failure);
            return;
        }
        catalogue::publish($client);
    }

    /**
     * Forgets what is not needed any more.
     */
    private function tidy(): void {
        global $DB;
        outbox::purge();
        inbound::purge();
        $DB->delete_records_select(callback::NONCES, 'timecreated < ?', [time() - 2 * callback::VALID_S]);
    }
}
