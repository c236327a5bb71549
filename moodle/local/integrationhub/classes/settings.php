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
 * The plugin's settings as they are in the database now. Long-running processes hold old values of
 * get_config(), and what is compiled from them would reach all others.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
final class settings {
    /** The plugin. */
    private const PLUGIN = 'local_integrationhub';

    /**
     * All settings; those forced in config.php win.
     *
     * @return array<string, string>
     */
    public static function all(): array {
        global $CFG, $DB;
        $stored = $DB->get_records_menu('config_plugins', ['plugin' => self::PLUGIN], '', 'name, value');
        return array_merge($stored, (array) ($CFG->forced_plugin_settings[self::PLUGIN] ?? []));
    }

    /**
     * Saves settings, and makes all processes go by them.
     *
     * @param array $values name => value; null removes
     */
    public static function save(array $values): void {
        foreach ($values as $name => $value) {
            set_config($name, $value, self::PLUGIN);
        }
        capture_plan::refresh();
    }

    /**
     * Called when the settings page was saved.
     */
    public static function changed(): void {
        capture_plan::refresh();
    }
}
