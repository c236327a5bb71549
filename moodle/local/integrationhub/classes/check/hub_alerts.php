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

namespace local_integrationhub\check;

use core\check\result;
use local_integrationhub\connection;

/**
 * Is the hub alarmed about something?
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class hub_alerts extends base {
    /** Milliseconds that the hub has. */
    private const TIMEOUT_MS = 3000;

    /**
     * Asks the hub.
     *
     * @param connection $connection
     * @return result
     */
    protected function examine(connection $connection): result {
        if (!$connection->is_of_this_site()) {
            return new result(result::NA, self::text('is_a_copy', $connection->wwwroot()));
        }
        $answer = $connection->client(self::TIMEOUT_MS)->get('/connector/subscriptions');
        $alerts = $answer->json()['alerts'] ?? null;
        if (!is_array($alerts)) {
            $a = ['hub' => $connection->hub(), 'why' => s($answer->describe())];
            return new result(result::NA, self::text('hub_away', $a));
        }
        if (!$alerts) {
            return new result(result::OK, self::text('alerts_none'));
        }
        return new result(result::WARNING, s(implode(' ', array_column($alerts, 'message'))));
    }
}
