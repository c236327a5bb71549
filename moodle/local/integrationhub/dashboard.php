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
 * The hub's dashboard.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

require(__DIR__ . '/../../config.php');
require_once($CFG->libdir . '/adminlib.php');

use local_integrationhub\connection;

$place = optional_param('place', '', PARAM_ALPHA);

admin_externalpage_setup('local_integrationhub_dashboard', '', null, '', ['pagelayout' => 'report']);

$connection = connection::current();
$fault = '';
if ($connection === null) {
    $fault = get_string('not_connected', 'local_integrationhub');
} else if (!$connection->is_of_this_site()) {
    $fault = get_string('is_a_copy', 'local_integrationhub', s($connection->wwwroot()));
} else if (!$connection->can_sign_on()) {
    $fault = get_string('connect_again', 'local_integrationhub');
}

echo $OUTPUT->header();
if ($fault !== '') {
    echo $OUTPUT->heading(get_string('pluginname', 'local_integrationhub'));
    echo $OUTPUT->notification($fault, 'warning');
    if (has_capability('local/integrationhub:manage', \context_system::instance())) {
        $connect = new moodle_url('/local/integrationhub/connect.php');
        echo html_writer::link($connect, get_string('connection', 'local_integrationhub'));
    }
} else {
    $page = new moodle_url('/local/integrationhub/hub.php/');
    echo $OUTPUT->render_from_template('local_integrationhub/dashboard', [
        'address' => $page->out(false) . '#/' . $place,
    ]);
}
echo $OUTPUT->footer();
