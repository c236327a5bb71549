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
 * What the plugin's checks have in common.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
abstract class base extends \core\check\check {
    /**
     * The check's name.
     *
     * @return string
     */
    public function get_name(): string {
        return self::text('check_' . $this->get_id());
    }

    /**
     * Where an administrator goes from here.
     *
     * @return \action_link|null
     */
    public function get_action_link(): ?\action_link {
        $url = new \moodle_url('/local/integrationhub/connect.php');
        return new \action_link($url, self::text('connection'));
    }

    /**
     * The result; nothing can be said about a site that is not connected.
     *
     * @return result
     */
    public function get_result(): result {
        $connection = connection::current();
        if ($connection === null) {
            return new result(result::NA, self::text('not_connected'));
        }
        return $this->examine($connection);
    }

    /**
     * Looks at a connected site.
     *
     * @param connection $connection
     * @return result
     */
    abstract protected function examine(connection $connection): result;

    /**
     * One of the plugin's texts.
     *
     * @param string $name
     * @param mixed $a
     * @return string
     */
    protected static function text(string $name, $a = null): string {
        return get_string($name, 'local_integrationhub', $a);
    }
}
