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

namespace local_integrationhub\admin;

use core\check\result;
use local_integrationhub\connection;
use local_integrationhub\predecessor;

/**
 * Shows on the settings page what the status checks say, and the way to the connection.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class setting_status extends \admin_setting {
    /** How the statuses of checks are shown. */
    private const LOOKS = [
        result::OK => 'success',
        result::INFO => 'info',
        result::NA => 'secondary',
        result::WARNING => 'warning',
        result::ERROR => 'danger',
    ];

    /**
     * Constructor.
     */
    public function __construct() {
        $this->nosave = true;
        $title = new \lang_string('status', 'local_integrationhub');
        parent::__construct('local_integrationhub/status', $title, '', '');
    }

    /**
     * Nothing is stored.
     *
     * @return bool
     */
    public function get_setting() {
        return true;
    }

    /**
     * Nothing is stored.
     *
     * @param mixed $data
     * @return string
     */
    public function write_setting($data) {
        return '';
    }

    /**
     * The checks, asked now.
     *
     * @param mixed $data
     * @param string $query
     * @return string
     */
    public function output_html($data, $query = '') {
        global $CFG, $OUTPUT;
        require_once($CFG->dirroot . '/local/integrationhub/lib.php');
        $checks = [];
        foreach (connection::current() === null ? [] : local_integrationhub_status_checks() as $check) {
            $result = $check->get_result();
            $checks[] = [
                'name' => $check->get_name(),
                'look' => self::LOOKS[$result->get_status()] ?? 'danger',
                'status' => get_string('status' . $result->get_status()),
                'summary' => $result->get_summary(),
            ];
        }
        $html = $OUTPUT->render_from_template('local_integrationhub/status', [
            'checks' => $checks,
            'connected' => (bool) $checks,
            'predecessor' => predecessor::is_known() ? predecessor::describe() : '',
            'predecessorpage' => (new \moodle_url('/local/integrationhub/predecessor.php'))->out(false),
            'connect' => (new \moodle_url('/local/integrationhub/connect.php'))->out(false),
        ]);
        return format_admin_setting($this, $this->visiblename, $html, '', false, '', null, $query);
    }
}
