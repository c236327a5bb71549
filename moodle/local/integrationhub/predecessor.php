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
 * What the original plugin left here, and what became of it in the hub.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

require(__DIR__ . '/../../config.php');
require_once($CFG->libdir . '/adminlib.php');

use local_integrationhub\connection;
use local_integrationhub\predecessor;

admin_externalpage_setup('local_integrationhub_predecessor');
require_capability('local/integrationhub:manage', \context_system::instance());

$self = new moodle_url('/local/integrationhub/predecessor.php');
$action = optional_param('action', '', PARAM_ALPHA);
if ($action === 'send' && confirm_sesskey()) {
    predecessor::send_for($USER);
    redirect($self);
}
if ($action === 'clear' && optional_param('confirm', false, PARAM_BOOL) && confirm_sesskey()) {
    predecessor::clear();
    redirect($self, get_string('predecessor_cleared', 'local_integrationhub'));
}

echo $OUTPUT->header();
echo $OUTPUT->heading(get_string('predecessor', 'local_integrationhub'));
if ($action === 'clear') {
    $sure = new moodle_url($self, ['action' => 'clear', 'confirm' => 1, 'sesskey' => sesskey()]);
    echo $OUTPUT->confirm(get_string('predecessor_clear_sure', 'local_integrationhub'), $sure, $self);
    echo $OUTPUT->footer();
    exit;
}
$progress = predecessor::progress();
echo $OUTPUT->notification(predecessor::describe(), ($progress['state'] ?? '') === 'done' ? 'success' : 'info');
echo html_writer::alist(array_map('s', predecessor::report_lines()));
if (predecessor::has_data()) {
    if (connection::current() !== null) {
        $send = new moodle_url($self, ['action' => 'send', 'sesskey' => sesskey()]);
        echo $OUTPUT->single_button($send, get_string('predecessor_again', 'local_integrationhub'));
    }
    if (($progress['state'] ?? '') === 'done') {
        $clear = new moodle_url($self, ['action' => 'clear']);
        echo $OUTPUT->single_button($clear, get_string('predecessor_clear', 'local_integrationhub'), 'get');
    }
}
echo $OUTPUT->footer();
