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
 * Answers the hub's look-ups of people and courses: what its templates say of them, read from the tables,
 * so that no look-up causes an event.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
final class look_up {
    /** So many of each kind in one call. */
    const MOST = 1000;

    /**
     * Looks people and courses up. Those that there are not are left out.
     *
     * @param array $call users and courses: ids
     * @return array users and courses: id => fields
     */
    public static function find(array $call): array {
        return [
            'users' => (object) self::users(self::ids($call['users'] ?? [])),
            'courses' => (object) self::courses(self::ids($call['courses'] ?? [])),
        ];
    }

    /**
     * People; deleted ones are not there.
     *
     * @param int[] $ids
     * @return array[]
     */
    private static function users(array $ids): array {
        global $DB;
        $names = \core_user\fields::get_name_fields();
        $fields = array_unique(array_merge(['id', 'username', 'email', 'idnumber', 'lang', 'deleted'], $names));
        $found = [];
        foreach ($DB->get_records_list('user', 'id', $ids, '', implode(', ', $fields)) as $user) {
            if ($user->deleted) {
                continue;
            }
            $found[$user->id] = [
                'id' => (int) $user->id,
                'username' => $user->username,
                'email' => $user->email,
                'firstname' => $user->firstname,
                'lastname' => $user->lastname,
                'fullname' => fullname($user),
                'idnumber' => $user->idnumber,
                'lang' => $user->lang,
            ];
        }
        return $found;
    }

    /**
     * Courses, the front page included.
     *
     * @param int[] $ids
     * @return array[]
     */
    private static function courses(array $ids): array {
        global $DB;
        $found = [];
        $rows = $DB->get_records_list('course', 'id', $ids, '', 'id, shortname, fullname, idnumber, category');
        foreach ($rows as $course) {
            $found[$course->id] = [
                'id' => (int) $course->id,
                'shortname' => $course->shortname,
                'fullname' => $course->fullname,
                'idnumber' => $course->idnumber,
                'category' => (int) $course->category,
            ];
        }
        return $found;
    }

    /**
     * The ids of a list that came over the network.
     *
     * @param mixed $values
     * @return int[]
     */
    private static function ids($values): array {
        $ids = array_filter((array) $values, function ($value) {
            return is_int($value) && $value > 0;
        });
        return array_slice(array_values(array_unique($ids)), 0, self::MOST);
    }
}
