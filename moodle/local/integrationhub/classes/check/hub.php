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
 * Is the hub there, does it know this site, and is this the site that was connected?
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class hub extends base {
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
            return new result(result::ERROR, self::text('is_a_copy', $connection->wwwroot()));
        }
        $answer = $connection->client(self::TIMEOUT_MS)->get('/connector/subscriptions');
        if ($answer->status === 200) {
            return new result(result::OK, self::text('hub_answers', $connection->hub()));
        }
        $a = ['hub' => $connection->hub(), 'why' => s($answer->describe())];
        $name = in_array($answer->status, [401, 403]) ? 'hub_refuses' : 'hub_away';
        return new result(result::ERROR, self::text($name, $a));
    }
}
