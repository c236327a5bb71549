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
 * UUIDs of version 7 (RFC 9562, method 3): ordered by time, to the quarter of a microsecond.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
final class uuid7 {
    /** @var int the last time given, in 1/4096 milliseconds: each id of a process is greater than the one before */
    private static $last = 0;

    /**
     * A new one.
     *
     * @param int $microseconds since 1970
     * @return string
     */
    public static function make(int $microseconds): string {
        $ticks = intdiv($microseconds, 1000) * 4096 + intdiv(($microseconds % 1000) * 4096, 1000);
        self::$last = max($ticks, self::$last + 1);
        $time = str_pad(dechex(intdiv(self::$last, 4096)), 12, '0', STR_PAD_LEFT);
        $random = bin2hex(random_bytes(8));
        return substr($time, 0, 8) . '-' . substr($time, 8) .
            '-7' . str_pad(dechex(self::$last % 4096), 3, '0', STR_PAD_LEFT) .
            '-' . dechex(8 | (hexdec($random[0]) & 3)) . substr($random, 1, 3) . '-' . substr($random, 4);
    }
}
