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
 * Settings.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

$ADMIN->add('server', new admin_externalpage(
    'local_integrationhub_dashboard',
    new lang_string('pluginname', 'local_integrationhub'),
    new moodle_url('/local/integrationhub/dashboard.php'),
    'local/integrationhub:view'
));

// Who may not configure the site has no page of local plugins.
$ADMIN->add($ADMIN->locate('localplugins') ? 'localplugins' : 'server', new admin_category(
    'local_integrationhub_category',
    new lang_string('pluginname', 'local_integrationhub')
));

$ADMIN->add('local_integrationhub_category', new admin_externalpage(
    'local_integrationhub_connect',
    new lang_string('connection', 'local_integrationhub'),
    new moodle_url('/local/integrationhub/connect.php'),
    'local/integrationhub:manage'
));

$ADMIN->add('local_integrationhub_category', new admin_externalpage(
    'local_integrationhub_predecessor',
    new lang_string('predecessor', 'local_integrationhub'),
    new moodle_url('/local/integrationhub/predecessor.php'),
    'local/integrationhub:manage',
    !\local_integrationhub\predecessor::is_known()
));

$settings = new admin_settingpage(
    'local_integrationhub',
    new lang_string('settings', 'local_integrationhub'),
    'local/integrationhub:manage'
);

if ($ADMIN->fulltree) {
    $settings->add(new \local_integrationhub\admin\setting_status());

    $setting = new admin_setting_configtext(
        'local_integrationhub/hub',
        new lang_string('hub', 'local_integrationhub'),
        new lang_string('hub_desc', 'local_integrationhub'),
        '',
        '/^(https?:\/\/[^\s\/]+\/?|unix:\/\S+)?$/'
    );
    $setting->set_updatedcallback('\local_integrationhub\settings::changed');
    $settings->add($setting);

    $setting = new admin_setting_configselect(
        'local_integrationhub/capturemode',
        new lang_string('capturemode', 'local_integrationhub'),
        new lang_string('capturemode_desc', 'local_integrationhub'),
        'fast',
        [
            'fast' => new lang_string('capturemode_fast', 'local_integrationhub'),
            'safe' => new lang_string('capturemode_safe', 'local_integrationhub'),
        ]
    );
    $setting->set_updatedcallback('\local_integrationhub\settings::changed');
    $settings->add($setting);

    $setting = new admin_setting_configtextarea(
        'local_integrationhub/denylist',
        new lang_string('denylist', 'local_integrationhub'),
        new lang_string('denylist_desc', 'local_integrationhub'),
        '',
        PARAM_RAW_TRIMMED
    );
    $setting->set_updatedcallback('\local_integrationhub\settings::changed');
    $settings->add($setting);
}

$ADMIN->add('local_integrationhub_category', $settings);
$settings = null;
