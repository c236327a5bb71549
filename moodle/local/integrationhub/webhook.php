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
 * Where services post messages for this site: webhook.php?service=NAME. What proves them genuine is
 * judged by the hub, which gets the bytes as they came.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

define('NO_MOODLE_COOKIES', true);
define('NO_DEBUG_DISPLAY', true);
define('AJAX_SCRIPT', true);

// phpcs:ignore moodle.Files.RequireLogin.Missing -- the sender is no user; the hub checks its secret.
require(__DIR__ . '/../../config.php');

\local_integrationhub\webhook::answer(
    $_SERVER['REQUEST_METHOD'] ?? '',
    optional_param('service', '', PARAM_RAW),
    getallheaders(),
    (string) file_get_contents('php://input', false, null, 0, \local_integrationhub\webhook::MAX_BODY)
)->send();
