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

namespace local_integrationhub\privacy;

use core_privacy\local\metadata\collection;
use core_privacy\local\request\approved_contextlist;
use core_privacy\local\request\approved_userlist;
use core_privacy\local\request\contextlist;
use core_privacy\local\request\userlist;
use core_privacy\local\request\writer;
use local_integrationhub\outbox;

/**
 * What the plugin holds about people: events in the outbox, and what the hub holds of this site.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class provider implements
    \core_privacy\local\metadata\provider,
    \core_privacy\local\request\core_userlist_provider,
    \core_privacy\local\request\plugin\provider {
    /**
     * What is stored and sent.
     *
     * @param collection $collection
     * @return collection
     */
    public static function get_metadata(collection $collection): collection {
        $collection->add_database_table(outbox::TABLE, [
            'userid' => 'privacy:metadata:outbox:userid',
            'relateduserid' => 'privacy:metadata:outbox:relateduserid',
            'body' => 'privacy:metadata:outbox:body',
            'timecreated' => 'privacy:metadata:outbox:timecreated',
        ], 'privacy:metadata:outbox');
        $collection->add_external_location_link('hub', [
            'userid' => 'privacy:metadata:outbox:userid',
            'relateduserid' => 'privacy:metadata:outbox:relateduserid',
            'event' => 'privacy:metadata:outbox:body',
            'ip' => 'privacy:metadata:hub:ip',
        ], 'privacy:metadata:hub');
        return $collection;
    }

    /**
     * Events belong to the system context here. What the hub has is found out when it is asked to
     * export or erase it.
     *
     * @param int $userid
     * @return contextlist
     */
    public static function get_contexts_for_userid(int $userid): contextlist {
        global $DB;
        $list = new contextlist();
        $theirs = 'userid = ? OR relateduserid = ?';
        if (
            hub_data::connection() !== null
            || $DB->record_exists_select(outbox::TABLE, $theirs, [$userid, $userid])
        ) {
            $list->add_system_context();
        }
        return $list;
    }

    /**
     * The users of a context.
     *
     * @param userlist $userlist
     */
    public static function get_users_in_context(userlist $userlist) {
        if (!$userlist->get_context() instanceof \context_system) {
            return;
        }
        foreach (['userid', 'relateduserid'] as $field) {
            $userlist->add_from_sql($field, "SELECT $field FROM {" . outbox::TABLE . "} WHERE $field > 0", []);
        }
    }

    /**
     * Exports a user's events.
     *
     * @param approved_contextlist $contextlist
     */
    public static function export_user_data(approved_contextlist $contextlist) {
        global $DB;
        $userid = $contextlist->get_user()->id;
        foreach ($contextlist->get_contexts() as $context) {
            if (!$context instanceof \context_system) {
                continue;
            }
            $rows = $DB->get_records_select(
                outbox::TABLE,
                'userid = ? OR relateduserid = ?',
                [$userid, $userid],
                'id',
                'id, body'
            );
            $events = array_map(function ($row) {
                return json_decode($row->body);
            }, array_values($rows));
            $path = [get_string('pluginname', 'local_integrationhub')];
            writer::with_context($context)->export_data($path, (object) ['events' => $events]);
            if (hub_data::connection() !== null) {
                // What is missing must show: an export without it would look complete.
                writer::with_context($context)->export_related_data($path, 'hub', (object) (
                    hub_data::export($userid)
                    ?? ['note' => get_string('privacy:hubaway', 'local_integrationhub')]
                ));
            }
        }
    }

    /**
     * Deletes everything.
     *
     * @param \context $context
     */
    public static function delete_data_for_all_users_in_context(\context $context) {
        global $DB;
        if ($context instanceof \context_system) {
            $DB->delete_records_select(outbox::TABLE, 'userid > 0 OR relateduserid > 0');
        }
    }

    /**
     * Deletes a user's events.
     *
     * @param approved_contextlist $contextlist
     */
    public static function delete_data_for_user(approved_contextlist $contextlist) {
        foreach ($contextlist->get_contexts() as $context) {
            self::delete_for($context, [$contextlist->get_user()->id]);
        }
    }

    /**
     * Deletes the events of users.
     *
     * @param approved_userlist $userlist
     */
    public static function delete_data_for_users(approved_userlist $userlist) {
        self::delete_for($userlist->get_context(), $userlist->get_userids());
    }

    /**
     * Deletes the events of users, if this is where they belong.
     *
     * @param \context $context
     * @param int[] $userids
     */
    private static function delete_for(\context $context, array $userids): void {
        global $DB;
        if (!$context instanceof \context_system || !$userids) {
            return;
        }
        array_map([hub_data::class, 'erase'], array_map('intval', $userids));
        foreach (['userid', 'relateduserid'] as $field) {
            [$in, $params] = $DB->get_in_or_equal($userids);
            $DB->delete_records_select(outbox::TABLE, "$field $in", $params);
        }
    }
}
