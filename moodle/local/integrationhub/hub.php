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
 * The relay: the dashboard and its calls of the hub, for users who may see it (hub.php/...).
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

define('AJAX_SCRIPT', true);
define('NO_DEBUG_DISPLAY', true);
if (($_SERVER['REQUEST_METHOD'] ?? '') === 'GET') {
    // The dashboard asks every few seconds: that somebody left it open is no reason to stay logged in.
    define('NO_SESSION_UPDATE', true);
}

// phpcs:ignore moodle.Files.RequireLogin.Missing -- the relay calls it, and answers itself when it fails.
require(__DIR__ . '/../../config.php');

if (($_SERVER['PATH_INFO'] ?? '') === '') {
    // The page's addresses are relative to the slash.
    redirect(new moodle_url('/local/integrationhub/hub.php/'));
}
$body = file_get_contents('php://input', false, null, 0, \local_integrationhub\relay::MAX_BODY + 1);
(new \local_integrationhub\relay($_SERVER))->answer((string) $body)->send();
