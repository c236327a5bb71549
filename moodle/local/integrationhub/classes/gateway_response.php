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
 * The result of a gateway call.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class gateway_response {
    /** @var bool */
    public $success;
    /** @var int|null HTTP status; null without an answer */
    public $httpstatus;
    /** @var string|null */
    public $body;
    /** @var string|null */
    public $error;
    /** @var int including all attempts and waits */
    public $latencyms;
    /** @var int */
    public $attempts;

    /**
     * Constructor.
     *
     * @param bool $success
     * @param int|null $httpstatus
     * @param string|null $body
     * @param string|null $error
     * @param int $latencyms
     * @param int $attempts
     */
    public function __construct(
        bool $success,
        ?int $httpstatus,
        ?string $body,
        ?string $error,
        int $latencyms,
        int $attempts
    ) {
        $this->success = $success;
        $this->httpstatus = $httpstatus;
        $this->body = $body;
        $this->error = $error;
        $this->latencyms = $latencyms;
        $this->attempts = $attempts;
    }

    /**
     * Whether the call succeeded.
     *
     * @return bool
     */
    public function is_ok(): bool {
        return $this->success;
    }

    /**
     * The body read as JSON; null when it is none.
     *
     * @param bool $assoc objects as arrays
     * @return mixed
     */
    public function json(bool $assoc = true) {
        return $this->body === null ? null : json_decode($this->body, $assoc);
    }
}

// The name that version 2 of the original plugin gave it: known as soon as the class is, so that type
// declarations of callers hold.
class_alias(gateway_response::class, 'local_integrationhub\mih_response');
