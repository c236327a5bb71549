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
 * An answer of the hub that is handed on.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
final class hub_reply {
    /** @var int HTTP status; 0 without an answer */
    public $status = 0;
    /** @var string why there is none */
    public $error = '';
    /** @var bool whether the hub took too long */
    public $late = false;
    /** @var bool whether the answer was too long */
    public $toolong = false;
    /** @var string */
    public $body = '';

    /** @var array<string, string> by lower-case name */
    private $headers = [];

    /**
     * A header, or ''.
     *
     * @param string $name in lower case
     * @return string
     */
    public function header(string $name): string {
        return $this->headers[$name] ?? '';
    }

    /**
     * For curl: a line of the head.
     *
     * @param mixed $curl
     * @param string $line
     * @return int
     */
    public function take_header($curl, string $line): int {
        $parts = explode(':', $line, 2);
        if (count($parts) === 2) {
            $this->headers[strtolower($parts[0])] = trim($parts[1]);
        }
        return strlen($line);
    }

    /**
     * For curl: a part of the body. Less than its length ends the call.
     *
     * @param mixed $curl
     * @param string $part
     * @return int
     */
    public function take_body($curl, string $part): int {
        if (strlen($this->body) + strlen($part) > hub_proxy::MAX_ANSWER) {
            $this->toolong = true;
            return 0;
        }
        $this->body .= $part;
        return strlen($part);
    }
}
