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

namespace local_integrationhub\event;

/**
 * A service has sent something to this site.
 *
 * Other plugins observe it. `other`: serviceid, servicename, source (webhook or amqp) and payload, the
 * decoded JSON.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class webhook_received extends \core\event\base {
    /**
     * Sets what is the same in all of them.
     */
    protected function init() {
        $this->data['crud'] = 'r';
        $this->data['edulevel'] = self::LEVEL_OTHER;
    }

    /**
     * The event's name.
     *
     * @return string
     */
    public static function get_name() {
        return get_string('event_webhook_received', 'local_integrationhub');
    }

    /**
     * What happened, for the log.
     *
     * @return string
     */
    public function get_description() {
        return "The service '{$this->other['servicename']}' has sent a message ({$this->other['source']}).";
    }

    /**
     * Checks what it was made with.
     *
     * @throws \coding_exception
     */
    protected function validate_data() {
        parent::validate_data();
        if (!isset($this->other['serviceid'])) {
            throw new \coding_exception('The \'serviceid\' value must be set in other.');
        }
    }
}
