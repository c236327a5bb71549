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
 * What requests tell each other through the cache. Everything in it can be made again from the
 * database, as caches are purged at any time.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
final class hub_state {
    /** While the hub is away one request tries it again after so many seconds. */
    private const PROBE_S = 10;

    /** @var \cache|null */
    private static $cache = null;

    /**
     * A value, or false.
     *
     * @param string $key
     * @return mixed
     */
    public static function get(string $key) {
        return self::cache()->get($key);
    }

    /**
     * Sets a value.
     *
     * @param string $key
     * @param mixed $value
     */
    public static function set(string $key, $value): void {
        self::cache()->set($key, $value);
    }

    /**
     * Whether the outbox holds events that the hub has not taken: then nothing overtakes them.
     *
     * @return bool
     */
    public static function has_backlog(): bool {
        $known = self::get('backlog');
        if ($known === false) {
            $known = outbox::is_empty() ? 'no' : 'yes';
            self::set('backlog', $known);
        }
        return $known === 'yes';
    }

    /**
     * Says whether the outbox holds such events.
     *
     * @param bool $backlog
     */
    public static function set_backlog(bool $backlog): void {
        self::set('backlog', $backlog ? 'yes' : 'no');
    }

    /**
     * After a failure: the hub is left in peace for a while.
     */
    public static function postpone_probe(): void {
        self::set('nextprobe', time() + self::PROBE_S);
    }

    /**
     * Whether it is time that some request tries the hub again.
     *
     * @return bool
     */
    public static function is_probe_due(): bool {
        return time() >= (int) self::get('nextprobe');
    }

    /**
     * Forgets everything.
     */
    public static function purge(): void {
        self::cache()->purge();
    }

    /**
     * The cache.
     *
     * @return \cache
     */
    private static function cache() {
        if (self::$cache === null) {
            self::$cache = \cache::make('local_integrationhub', 'state');
        }
        return self::$cache;
    }
}
