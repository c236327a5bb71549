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
 * The connection with the hub: its state, and a form to connect this site.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

require(__DIR__ . '/../../config.php');
require_once($CFG->libdir . '/adminlib.php');

use local_integrationhub\connection;

admin_externalpage_setup('local_integrationhub_connect');
require_capability('local/integrationhub:manage', \context_system::instance());

$self = new moodle_url('/local/integrationhub/connect.php');
$form = new \local_integrationhub\form\connect($self);
if ($form->is_cancelled()) {
    redirect(new moodle_url('/admin/settings.php', ['section' => 'local_integrationhub']));
}
$failure = '';
if ($data = $form->get_data()) {
    try {
        connection::open([$data->hub], $data->code);
        redirect($self, get_string('connected', 'local_integrationhub', s($data->hub)));
    } catch (\moodle_exception $refused) {
        $failure = $refused->getMessage();
    }
}

echo $OUTPUT->header();
echo $OUTPUT->heading(get_string('connection', 'local_integrationhub'));
if ($failure !== '') {
    echo $OUTPUT->notification(s($failure), 'error');
}
$connection = connection::current();
if ($connection === null) {
    echo $OUTPUT->notification(get_string('not_connected', 'local_integrationhub'), 'info');
} else if (!$connection->is_of_this_site()) {
    echo $OUTPUT->notification(get_string('is_a_copy', 'local_integrationhub', s($connection->wwwroot())), 'error');
} else {
    echo $OUTPUT->notification(get_string('connected', 'local_integrationhub', s($connection->hub())), 'success');
}
echo html_writer::tag('p', get_string('connect_how', 'local_integrationhub'));
$form->display();
echo $OUTPUT->footer();
