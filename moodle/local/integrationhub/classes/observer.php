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
 * Receives every event of the site. Nothing that goes wrong here may reach the user's page.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class observer {
    /** @var bool whether a failure of this request was written to the log */
    private static $reported = false;

    /**
     * At once, inside of the event's transaction.
     *
     * @param \core\event\base $event
     */
    public static function event_triggered(\core\event\base $event): void {
        try {
            $plan = capture_plan::current();
            if ($plan !== null && $plan->safe && $plan->wants('\\' . get_class($event)) !== 0) {
                capture::instance()->triggered($event, $plan);
            }
        } catch (\Throwable $failure) {
            self::report($failure);
        }
    }

    /**
     * After the commit; never called for what was rolled back.
     *
     * @param \core\event\base $event
     */
    public static function event_committed(\core\event\base $event): void {
        try {
            $plan = capture_plan::current();
            if ($plan !== null && $plan->wants('\\' . get_class($event)) !== 0) {
                capture::instance()->committed($event, $plan);
            }
        } catch (\Throwable $failure) {
            self::report($failure);
        }
    }

    /**
     * Writes a failure to PHP's error log, once a request.
     *
     * @param \Throwable $failure
     */
    public static function report(\Throwable $failure): void {
        if (self::$reported) {
            return;
        }
        self::$reported = true;
        // phpcs:ignore moodle.PHP.ForbiddenFunctions.FoundWithAlternative
        error_log('local_integrationhub: ' . get_class($failure) . ': ' . $failure->getMessage() .
            ' in ' . $failure->getFile() . ':' . $failure->getLine());
    }
}
