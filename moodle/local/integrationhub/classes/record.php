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

namespace local_integrationhub;

/**
 * One captured event or call: what is sent, and what is known about it here.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
final class record {
    /** @var int its row in the outbox; 0 while it has none */
    public $row = 0;
    /** @var string event or call */
    public $kind = 'event';
    /** @var string the id under which the hub recognises a repeat */
    public $uuid = '';
    /** @var string JSON */
    public $body = '';
    /** @var int */
    public $userid = 0;
    /** @var int */
    public $relateduserid = 0;
}
