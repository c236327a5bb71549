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
 * Calls of registered services by other plugins.
 *
 *     $response = \local_integrationhub\gateway::instance()->request('crm', '/contacts', ['id' => 5]);
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class gateway {
    /** The hub bounds a call with 30 s; this is for a hub that does not answer. */
    private const TIMEOUT_MS = 40000;
    /** Refusals that callers of the original plugin expect as exceptions. */
    private const EXCEPTIONS = ['service_not_found', 'service_disabled', 'circuit_open'];

    /** @var self|null */
    private static $instance = null;
    /** @var hub_client|null with an open connection */
    private $client = null;

    /**
     * The one gateway.
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
     * @param string $endpoint path, routing key or operation
     * @param array $payload
     * @param string $method '' for POST
     * @return gateway_response also when the hub cannot be reached
     * @throws \moodle_exception service_not_found, service_disabled, circuit_open
     */
    public function request(
        string $servicename,
        string $endpoint = '/',
        array $payload = [],
        string $method = ''
    ): gateway_response {
        $start = hrtime(true);
        $answer = $this->call($servicename, 'request', self::describe($endpoint, $payload, $method));
        $result = $answer->json();
        $this->raise($servicename, $result['code'] ?? '');
        if ($answer->status === 200 && isset($result['success'])) {
            return new gateway_response(
                $result['success'],
                $result['http_status'] ?? null,
                $result['body'] ?? null,
                $result['error'] ?? null,
                (int) ($result['latency_ms'] ?? 0),
                (int) ($result['attempts'] ?? 0)
            );
        }
        $latency = intdiv(hrtime(true) - $start, 1000000);
        return new gateway_response(false, null, null, $answer->describe(), $latency, 0);
    }

    /**
     * Hands a call over for delivery: it is retried until the service has taken it. While the hub is
     * away it waits in the outbox; inside a transaction it then shares the fate of that transaction.
     *
     * @param string $servicename
     * @param string $endpoint
     * @param array $payload
     * @param string $method
     * @return string the delivery's id; the call's own id when it went to the outbox
     * @throws \moodle_exception service_not_found, service_disabled, circuit_open
     */
    public function enqueue(
        string $servicename,
        string $endpoint = '/',
        array $payload = [],
        string $method = ''
    ): string {
        $id = uuid7::make((int) (microtime(true) * 1000000));
        return $this->enqueue_once($id, $servicename, $endpoint, $payload, $method);
    }

    /**
     * As enqueue(), under an id of the caller: what was handed over under that id before makes no second
     * delivery.
     *
     * @param string $id 1 to 64 visible ASCII characters
     * @param string $servicename
     * @param string $endpoint
     * @param array $payload
     * @param string $method
     * @return string
     * @throws \moodle_exception service_not_found, service_disabled, circuit_open
     */
    public function enqueue_once(
        string $id,
        string $servicename,
        string $endpoint,
        array $payload,
        string $method
    ): string {
        $request = self::describe($endpoint, $payload, $method) + ['id' => $id];
        if (connection::current() === null || !hub_state::has_backlog()) {
            $answer = $this->call($servicename, 'enqueue', $request);
            $result = $answer->json();
            if ($answer->status === 202) {
                return $result['delivery_id'];
            }
            $this->raise($servicename, $result['code'] ?? '');
            if (in_array($answer->status, [400, 413, 422], true)) {
                throw new \moodle_exception('call_refused', 'local_integrationhub', '', $answer->describe());
            }
        }
        $record = new record();
        $record->kind = 'call';
        $record->uuid = $id;
        $record->body = json_encode(['service' => $servicename, 'request' => $request]);
        outbox::add_waiting([$record]);
        hub_state::set_backlog(true);
        return $id;
    }

    /**
     * One call of the hub.
     *
     * @param string $servicename
     * @param string $action
     * @param array $request
     * @return hub_answer
     */
    private function call(string $servicename, string $action, array $request): hub_answer {
        $connection = connection::current();
        if ($connection === null || !$connection->is_of_this_site()) {
            return new hub_answer(0, '', get_string('not_connected', 'local_integrationhub'));
        }
        if ($this->client === null) {
            $this->client = $connection->client(self::TIMEOUT_MS);
        }
        $path = '/services/' . rawurlencode($servicename) . '/' . $action;
        return $this->client->send('POST', $path, json_encode($request, JSON_INVALID_UTF8_SUBSTITUTE));
    }

    /**
     * A call as the hub reads it.
     *
     * @param string $endpoint
     * @param array $payload
     * @param string $method
     * @return array
     */
    private static function describe(string $endpoint, array $payload, string $method): array {
        return [
            'endpoint' => $endpoint,
            'method' => $method === '' ? 'POST' : strtoupper($method),
            'payload' => $payload ?: new \stdClass(),
        ];
    }

    /**
     * Throws if the hub refused the call for a reason that callers know.
     *
     * @param string $servicename
     * @param string $code
     */
    private function raise(string $servicename, string $code): void {
        if (in_array($code, self::EXCEPTIONS, true)) {
            throw new \moodle_exception($code, 'local_integrationhub', '', $servicename);
        }
    }
}
