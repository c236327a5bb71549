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
 * The catalogue of this site's event classes, for the hub's rule editor.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
final class catalogue {
    /**
     * Sends the catalogue if the site's plugins have changed since the hub took it.
     *
     * @param hub_client $client
     */
    public static function publish(hub_client $client): void {
        global $CFG;
        $known = get_config('local_integrationhub', 'catalogue');
        if ($known === $CFG->allversionshash) {
            return;
        }
        $flags = JSON_INVALID_UTF8_SUBSTITUTE | JSON_PARTIAL_OUTPUT_ON_ERROR;
        $answer = $client->send('PUT', '/connector/catalogue', json_encode(['events' => self::events()], $flags));
        if ($answer->status === 204 || $answer->status === 200) {
            set_config('catalogue', $CFG->allversionshash, 'local_integrationhub');
        }
    }

    /**
     * All event classes that can be triggered.
     *
     * @return array[]
     */
    private static function events(): array {
        $events = [];
        foreach (\core_component::get_component_classes_in_namespace(null, 'event') as $class => $unused) {
            try {
                $event = self::describe($class);
            } catch (\Throwable $unusable) {
                // A class of some plugin that cannot be looked at is left out.
                continue;
            }
            if ($event !== null) {
                $events[] = $event;
            }
        }
        return $events;
    }

    /**
     * An event class, or null for what is none.
     *
     * @param string $class
     * @return array|null
     */
    private static function describe(string $class): ?array {
        if (!is_subclass_of($class, \core\event\base::class) || (new \ReflectionClass($class))->isAbstract()) {
            return null;
        }
        $info = $class::get_static_info();
        return [
            'eventname' => $info['eventname'],
            'title' => $class::get_name(),
            'component' => $info['component'],
            'action' => $info['action'],
            'target' => $info['target'],
            'objecttable' => $info['objecttable'],
            'crud' => $info['crud'],
            'edulevel' => $info['edulevel'],
        ];
    }
}
