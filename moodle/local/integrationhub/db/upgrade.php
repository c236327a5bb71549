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

/**
 * Upgrade steps.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

/**
 * Brings the tables of an older version to the present form.
 *
 * @param int $oldversion the version that was installed
 * @return bool
 */
function xmldb_local_integrationhub_upgrade($oldversion) {
    global $DB;
    $manager = $DB->get_manager();

    if ($oldversion < 2026112300) {
        foreach (['outbox', 'nonce', 'inbound'] as $name) {
            $table = 'local_integrationhub_' . $name;
            if (!$manager->table_exists($table)) {
                $manager->install_one_table_from_xmldb_file(__DIR__ . '/install.xml', $table);
            }
        }
        upgrade_plugin_savepoint(true, 2026112300, 'local', 'integrationhub');
    }

    return true;
}
