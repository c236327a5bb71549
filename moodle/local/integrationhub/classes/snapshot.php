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
 * Takes a snapshot of an event. No database, no network.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
final class snapshot {
    /** How events are encoded: whatever is in them, some JSON comes out. */
    private const ENCODING = JSON_INVALID_UTF8_SUBSTITUTE | JSON_PARTIAL_OUTPUT_ON_ERROR | JSON_PRESERVE_ZERO_FRACTION;

    /** @var int number of the last event of this request */
    private static $sequence = 0;
    /** @var string|null where the request comes from */
    private static $ip = null;

    /**
     * The event as it is sent: get_data() and where, when and in which order it happened.
     *
     * @param \core\event\base $event
     * @param bool $sample
     * @return record
     */
    public static function take(\core\event\base $event, bool $sample): record {
        global $PAGE, $USER;
        if (self::$ip === null) {
            self::$ip = (string) getremoteaddr('');
        }
        $now = (int) (microtime(true) * 1000000);
        $record = new record();
        $record->uuid = uuid7::make($now);
        $data = $event->get_data();
        $record->userid = (int) $data['userid'];
        $record->relateduserid = (int) $data['relateduserid'];
        $data['id'] = $record->uuid;
        $data['origin'] = $PAGE->requestorigin;
        $data['ip'] = self::$ip === '' ? null : self::$ip;
        $data['realuserid'] = empty($USER->realuser) ? null : (int) $USER->realuser;
        $data['microtime'] = $now;
        $data['sequence'] = ++self::$sequence;
        if ($sample) {
            $data['sample'] = true;
        }
        $record->body = json_encode($data, self::ENCODING);
        return $record;
    }
}
