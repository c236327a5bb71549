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
 * Counts the samples of each event class. Two requests at the same moment may take one too many; the
 * hub keeps its own bound.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
final class samples {
    /** So many of each class. */
    private const PER_CLASS = 5;

    /**
     * Whether one more sample may be sent; then it is counted.
     *
     * @param string $eventname
     * @param int $version of the list that asks for samples
     * @return bool
     */
    public static function take(string $eventname, int $version): bool {
        $known = hub_state::get('samples');
        if (!is_array($known) || $known['version'] !== $version) {
            $known = ['version' => $version, 'counts' => []];
        }
        $count = $known['counts'][$eventname] ?? 0;
        if ($count >= self::PER_CLASS) {
            return false;
        }
        $known['counts'][$eventname] = $count + 1;
        hub_state::set('samples', $known);
        return true;
    }
}
