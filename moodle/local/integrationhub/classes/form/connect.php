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

namespace local_integrationhub\form;

defined('MOODLE_INTERNAL') || die();

require_once($CFG->libdir . '/formslib.php');

/**
 * Asks for the hub's address and a one-time code.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class connect extends \moodleform {
    /**
     * The fields.
     */
    protected function definition() {
        $form = $this->_form;
        $form->addElement('text', 'hub', get_string('hub', 'local_integrationhub'), ['size' => 60]);
        $form->setType('hub', PARAM_RAW_TRIMMED);
        $form->setDefault('hub', get_config('local_integrationhub', 'hub') ?: 'http://127.0.0.1:8085');
        $form->addHelpButton('hub', 'hub', 'local_integrationhub');
        $form->addRule('hub', null, 'required');
        $form->addElement('text', 'code', get_string('code', 'local_integrationhub'), ['size' => 60, 'autocomplete' => 'off']);
        $form->setType('code', PARAM_ALPHANUMEXT);
        $form->addHelpButton('code', 'code', 'local_integrationhub');
        $form->addRule('code', null, 'required');
        $this->add_action_buttons(true, get_string('connect', 'local_integrationhub'));
    }

    /**
     * Checks what was entered.
     *
     * @param array $data
     * @param array $files
     * @return array
     */
    public function validation($data, $files) {
        $errors = parent::validation($data, $files);
        if (!preg_match('~^(https?://[^\s/]+/?|unix:/\S+)$~D', $data['hub'])) {
            $errors['hub'] = get_string('hub_invalid', 'local_integrationhub');
        }
        return $errors;
    }
}
