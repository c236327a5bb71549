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
use local_integrationhub\outbox;

/**
 * Do events wait for the hub, and for how long?
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class outbox_age extends base {
    /** Older than this, something is wrong: the task runs each minute. */
    private const WARNING_S = 300;

    /**
     * Looks at the outbox.
     *
     * @param connection $connection
     * @return result
     */
    protected function examine(connection $connection): result {
        $oldest = outbox::oldest();
        if ($oldest === 0) {
            return new result(result::OK, self::text('outbox_empty'));
        }
        $age = time() - $oldest;
        $a = ['rows' => outbox::count_waiting(), 'age' => format_time($age)];
        $status = $age > self::WARNING_S ? result::WARNING : result::OK;
        return new result($status, self::text('outbox_waiting', $a));
    }
}
