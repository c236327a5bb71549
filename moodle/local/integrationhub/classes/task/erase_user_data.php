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
use local_integrationhub\privacy\hub_data;

/**
 * Asks the hub to erase what it has about a user, until it has taken it.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class erase_user_data extends \core\task\adhoc_task {
    /** Seconds until it is tried again. */
    private const LATER_S = 600;

    /**
     * Asks.
     */
    public function execute() {
        $data = (array) $this->get_custom_data();
        if (connection::current() === null) {
            mtrace('This site is not connected with a hub any more: there is nobody to ask.');
            return;
        }
        $failure = hub_data::ask_to_erase((int) ($data['userid'] ?? 0));
        if ($failure === '') {
            return;
        }
        mtrace("The erasure waits: $failure");
        // Queued anew: Moodle gives up a task that has failed too often, and this must not be given up.
        $later = new self();
        $later->set_custom_data($data);
        $later->set_next_run_time(time() + self::LATER_S);
        \core\task\manager::queue_adhoc_task($later);
    }
}
