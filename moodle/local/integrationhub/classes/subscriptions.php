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
 * The subscription list: the patterns of events that the hub's rules need, with a version.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
final class subscriptions {
    /** Sampling ends by itself after so many seconds. */
    private const SAMPLE_S = 3600;

    /**
     * The list in the plugin's settings.
     *
     * @param array $config
     * @return array|null version, patterns, sample, sampleuntil; null when there is none
     */
    public static function read(array $config): ?array {
        $list = json_decode($config['subscriptions'] ?? '', true);
        return is_array($list) ? $list : null;
    }

    /**
     * Puts a list of the hub in force, unless a newer one is.
     *
     * @param array $posted version, patterns, sample as the hub sends them
     * @return int the version in force afterwards
     */
    public static function put_in_force(array $posted): int {
        $lock = self::lock(5);
        if (!$lock) {
            throw new \moodle_exception('error_busy', 'local_integrationhub');
        }
        try {
            $version = (int) ($posted['version'] ?? 0);
            $known = self::read(settings::all());
            if ($known !== null && $known['version'] >= $version) {
                return $known['version'];
            }
            settings::save(['subscriptions' => json_encode([
                'version' => $version,
                'patterns' => self::texts($posted['patterns'] ?? []),
                'sample' => self::texts($posted['sample'] ?? []),
                'sampleuntil' => time() + self::SAMPLE_S,
            ])]);
            return $version;
        } finally {
            $lock->release();
        }
    }

    /**
     * Asks the hub for its list and puts it in force.
     *
     * @param hub_client $client
     * @return hub_answer the hub's answer
     */
    public static function fetch(hub_client $client): hub_answer {
        $answer = $client->get('/connector/subscriptions', self::facts());
        $list = $answer->json();
        if ($answer->status === 200 && isset($list['version'])) {
            $client->knows_version(self::put_in_force($list));
        }
        return $answer;
    }

    /**
     * Fetches the list because an answer named another version than the one in force; one request does
     * that for all.
     *
     * @param hub_client $client
     */
    public static function follow(hub_client $client): void {
        $lock = \core\lock\lock_config::get_lock_factory('local_integrationhub')->get_lock('fetch', 0);
        if (!$lock) {
            return;
        }
        try {
            self::fetch($client);
        } finally {
            $lock->release();
        }
    }

    /**
     * What the hub wants to know about this site.
     *
     * @return array
     */
    public static function facts(): array {
        global $CFG;
        return [
            'plugin_version' => get_config('local_integrationhub', 'version'),
            'moodle_version' => $CFG->release,
            'outbox_rows' => outbox::count_waiting(),
        ];
    }

    /**
     * The lock under which the list is changed.
     *
     * @param int $patience seconds
     * @return \core\lock\lock|false
     */
    private static function lock(int $patience) {
        return \core\lock\lock_config::get_lock_factory('local_integrationhub')->get_lock('list', $patience);
    }

    /**
     * The texts of a list that came over the network.
     *
     * @param mixed $values
     * @return string[]
     */
    private static function texts($values): array {
        $texts = array_filter((array) $values, function ($value) {
            return is_string($value) && $value !== '';
        });
        return array_values($texts);
    }
}
