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
 * Callbacks that Moodle looks for.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

/**
 * The plugin's part of the status report.
 *
 * @return \core\check\check[]
 */
function local_integrationhub_status_checks(): array {
    return [
        new \local_integrationhub\check\hub(),
        new \local_integrationhub\check\subscription_list(),
        new \local_integrationhub\check\outbox_age(),
        new \local_integrationhub\check\refused_events(),
        new \local_integrationhub\check\hub_alerts(),
    ];
}
