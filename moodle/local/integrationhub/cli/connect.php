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
 * Connects this site with a hub. The one-time code comes on standard input.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

define('CLI_SCRIPT', true);

// As root the files that Moodle writes would belong to root, and its web server could not read them:
// go on as the owner of the data directory.
define('ABORT_AFTER_CONFIG', true);
require(__DIR__ . '/../../../config.php');
if (function_exists('posix_geteuid') && posix_geteuid() === 0) {
    posix_setegid(filegroup($CFG->dataroot));
    posix_seteuid(fileowner($CFG->dataroot));
}
define('ABORT_AFTER_CONFIG_CANCEL', true);
require($CFG->dirroot . '/lib/setup.php');
require_once($CFG->libdir . '/clilib.php');
require_once(__DIR__ . '/../lib.php');

[$options, $unrecognised] = cli_get_params(
    ['hub' => '', 'describe' => false, 'check' => false, 'help' => false],
    ['h' => 'help']
);
if ($unrecognised) {
    cli_error('Unknown options: ' . implode(' ', $unrecognised), 2);
}
if ($options['help'] || ($options['hub'] === '' && !$options['describe'] && !$options['check'])) {
    cli_writeln('Connects this site with a hub.

  php connect.php --hub=ADDRESS[,ADDRESS] < CODE   the first address that answers is used;
                                                   ADDRESS: http://HOST:PORT or unix:/path
  php connect.php --describe                       what the hub needs to know about this site
  php connect.php --check                          the state of the connection');
    exit($options['help'] ? 0 : 2);
}

if (!get_config('local_integrationhub', 'version')) {
    cli_error('The plugin is not installed yet: run php admin/cli/upgrade.php first.');
}

if ($options['describe']) {
    cli_writeln(json_encode([
        'name' => format_string($SITE->fullname),
        'wwwroot' => $CFG->wwwroot,
        'siteid' => (string) get_config('local_integrationhub', 'siteid'),
    ]));
    exit(0);
}

if ($options['check']) {
    $failed = false;
    $lines = [];
    foreach (local_integrationhub_status_checks() as $check) {
        $result = $check->get_result();
        $lines[] = ['check' => $check->get_name(), 'status' => $result->get_status(), 'summary' => $result->get_summary()];
        $failed = $failed || !in_array($result->get_status(), [\core\check\result::OK, \core\check\result::INFO], true);
    }
    cli_writeln(json_encode($lines, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE));
    exit($failed ? 1 : 0);
}

try {
    $used = \local_integrationhub\connection::open(explode(',', $options['hub']), (string) fgets(STDIN));
    cli_writeln(get_string('connected', 'local_integrationhub', $used));
} catch (\moodle_exception $refused) {
    cli_error($refused->getMessage());
}
