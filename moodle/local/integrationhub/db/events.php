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
 * Observers: every event, once inside its transaction and once after the commit.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

// The first runs at once, inside of the transaction; in safe mode it writes to the outbox there.
// The second runs after the commit and never for what was rolled back.
$observers = [
    [
        'eventname' => '*',
        'callback' => '\local_integrationhub\observer::event_triggered',
        'internal' => true,
        'priority' => 9999,
    ],
    [
        'eventname' => '*',
        'callback' => '\local_integrationhub\observer::event_committed',
        'internal' => false,
        'priority' => 9998,
    ],
];
