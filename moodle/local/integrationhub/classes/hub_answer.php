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
 * What the hub answered, or why there is no answer.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
final class hub_answer {
    /** @var int HTTP status; 0 without an answer */
    public $status;
    /** @var string */
    public $body;
    /** @var string why there is no answer; '' when there is one */
    public $error;
    /** @var int|null version of the subscription list that the hub named */
    public $version;

    /**
     * Constructor.
     *
     * @param int $status
     * @param string $body
     * @param string $error
     * @param int|null $version
     */
    public function __construct(int $status, string $body, string $error = '', ?int $version = null) {
        $this->status = $status;
        $this->body = $body;
        $this->error = $error;
        $this->version = $version;
    }

    /**
     * The body as an array; empty when it is not JSON.
     *
     * @return array
     */
    public function json(): array {
        $value = json_decode($this->body, true);
        return is_array($value) ? $value : [];
    }

    /**
     * The answer in words, for the status check.
     *
     * @return string
     */
    public function describe(): string {
        if ($this->status === 0) {
            return $this->error;
        }
        $problem = $this->json();
        return trim('HTTP ' . $this->status . ' ' . ($problem['detail'] ?? $problem['title'] ?? ''));
    }
}
