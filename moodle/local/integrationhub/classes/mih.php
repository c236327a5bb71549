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
 * The gateway under the names of version 2 of the original plugin.
 *
 *     \local_integrationhub\mih::request('crm', '/contacts', ['id' => 5]);
 *     \local_integrationhub\mih::send('crm')->to('/contacts')->with(['id' => 5])->method('PUT')->dispatch();
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class mih {
    /** @var self|null */
    private static $instance = null;

    /**
     * The one instance.
     *
     * @return self
     */
    public static function instance(): self {
        if (self::$instance === null) {
            self::$instance = new self();
        }
        return self::$instance;
    }

    /**
     * Calls a service and waits for the result.
     *
     * @param string $servicename
     * @param string $endpoint
     * @param array $payload
     * @param string $method
     * @return gateway_response
     * @throws \moodle_exception service_not_found, service_disabled, circuit_open
     */
    public static function request(
        string $servicename,
        string $endpoint = '/',
        array $payload = [],
        string $method = 'POST'
    ): gateway_response {
        return self::instance()->execute_request($servicename, $endpoint, $payload, $method);
    }

    /**
     * Starts a call that is put together step by step.
     *
     * @param string $service
     * @return mih_request
     */
    public static function send(string $service): mih_request {
        return new mih_request($service);
    }

    /**
     * Calls a service and waits for the result.
     *
     * @param string $servicename
     * @param string $endpoint
     * @param array $payload
     * @param string $method
     * @return gateway_response
     * @throws \moodle_exception service_not_found, service_disabled, circuit_open
     */
    public function execute_request(
        string $servicename,
        string $endpoint = '/',
        array $payload = [],
        string $method = ''
    ): gateway_response {
        return gateway::instance()->request($servicename, $endpoint, $payload, $method);
    }
}
