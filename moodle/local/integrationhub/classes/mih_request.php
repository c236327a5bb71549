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
 * A call that is put together step by step; mih::send() starts one.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class mih_request {
    /** @var string */
    private $service;
    /** @var string */
    private $path = '/';
    /** @var array */
    private $data = [];
    /** @var string */
    private $method = 'POST';

    /**
     * Constructor.
     *
     * @param string $service
     */
    public function __construct(string $service) {
        $this->service = $service;
    }

    /**
     * Where to.
     *
     * @param string $path
     * @return self
     */
    public function to(string $path): self {
        $this->path = $path;
        return $this;
    }

    /**
     * With what.
     *
     * @param array $data
     * @return self
     */
    public function with(array $data): self {
        $this->data = $data;
        return $this;
    }

    /**
     * The HTTP method.
     *
     * @param string $method
     * @return self
     */
    public function method(string $method): self {
        $this->method = strtoupper($method);
        return $this;
    }

    /**
     * Makes the call.
     *
     * @return gateway_response
     * @throws \moodle_exception service_not_found, service_disabled, circuit_open
     */
    public function dispatch(): gateway_response {
        return mih::instance()->execute_request($this->service, $this->path, $this->data, $this->method);
    }
}
