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
 * Calls the hub over its Unix socket or HTTP. It uses curl directly: Moodle's own class is made for
 * foreign addresses (it knows no Unix sockets and blocks loopback), and its file costs more to load
 * than the call takes.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class hub_client {
    /** Where the hub's API starts. */
    private const BASE = '/api/v1';

    /** @var string */
    private $hub;
    /** @var string */
    private $token;
    /** @var int version of the list in force */
    private $version;
    /** @var int milliseconds */
    private $connecttimeout;
    /** @var int milliseconds */
    private $timeout;
    /** @var \CurlHandle|resource|null kept open between calls */
    private $curl = null;

    /**
     * Constructor.
     *
     * @param string $hub http://HOST:PORT, https://HOST, or unix:/path/of/socket
     * @param string $token '' for none
     * @param int $version
     * @param int $connecttimeout milliseconds
     * @param int $timeout milliseconds
     */
    public function __construct(
        string $hub,
        string $token,
        int $version = 0,
        int $connecttimeout = 200,
        int $timeout = 1000
    ) {
        $this->hub = $hub;
        $this->token = $token;
        $this->version = $version;
        $this->connecttimeout = $connecttimeout;
        $this->timeout = $timeout;
    }

    /**
     * A client for a user's page: short deadlines.
     *
     * @param capture_plan $plan
     * @return self
     */
    public static function for_page(capture_plan $plan): self {
        return new self($plan->hub, connection::reveal($plan->token), $plan->version);
    }

    /**
     * Version of the subscription list that this site goes by.
     *
     * @return int
     */
    public function version(): int {
        return $this->version;
    }

    /**
     * From now on the hub is told this version.
     *
     * @param int $version
     */
    public function knows_version(int $version): void {
        $this->version = $version;
    }

    /**
     * GET.
     *
     * @param string $path below the API's base
     * @param array $query
     * @return hub_answer
     */
    public function get(string $path, array $query = []): hub_answer {
        $url = $path . ($query ? '?' . http_build_query($query, '', '&') : '');
        return $this->call('GET', $url, null, '');
    }

    /**
     * Sends a body.
     *
     * @param string $method
     * @param string $path below the API's base
     * @param string $body
     * @param string $type
     * @return hub_answer
     */
    public function send(
        string $method,
        string $path,
        string $body,
        string $type = 'application/json'
    ): hub_answer {
        return $this->call($method, $path, $body, $type);
    }

    /**
     * Posts encoded events.
     *
     * @param string[] $events JSON objects
     * @return hub_answer
     */
    public function post_events(array $events): hub_answer {
        return $this->call('POST', '/events', implode("\n", $events), 'application/x-ndjson');
    }

    /**
     * One call and its answer.
     *
     * @param string $method
     * @param string $path
     * @param string|null $body
     * @param string $type
     * @return hub_answer
     */
    private function call(string $method, string $path, ?string $body, string $type): hub_answer {
        $version = null;
        $curl = $this->handle();
        $headers = ['Expect:', 'MIH-Subscriptions: ' . $this->version];
        if ($this->token !== '') {
            $headers[] = 'Authorization: Bearer ' . $this->token;
        }
        if ($body !== null) {
            $headers[] = 'Content-Type: ' . $type;
            curl_setopt($curl, CURLOPT_POSTFIELDS, $body);
        } else {
            curl_setopt($curl, CURLOPT_HTTPGET, true);
        }
        curl_setopt_array($curl, [
            CURLOPT_URL => self::base_of($this->hub) . self::BASE . $path,
            CURLOPT_CUSTOMREQUEST => $method,
            CURLOPT_HTTPHEADER => $headers,
            CURLOPT_HEADERFUNCTION => function ($curl, $line) use (&$version) {
                if (strncasecmp($line, 'MIH-Subscriptions:', 18) === 0) {
                    $version = (int) substr($line, 18);
                }
                return strlen($line);
            },
        ]);
        $answer = curl_exec($curl);
        if ($answer === false) {
            return new hub_answer(0, '', curl_error($curl) ?: 'no answer');
        }
        return new hub_answer((int) curl_getinfo($curl, CURLINFO_RESPONSE_CODE), $answer, '', $version);
    }

    /**
     * The curl handle.
     *
     * @return \CurlHandle|resource
     */
    private function handle() {
        if ($this->curl !== null) {
            return $this->curl;
        }
        $this->curl = curl_init();
        curl_setopt_array($this->curl, self::options_for($this->hub) + [
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_CONNECTTIMEOUT_MS => $this->connecttimeout,
            CURLOPT_TIMEOUT_MS => $this->timeout,
        ]);
        return $this->curl;
    }

    /**
     * What every call of a hub needs: it goes to that address alone.
     *
     * @param string $hub
     * @return array options of curl
     */
    public static function options_for(string $hub): array {
        $options = [
            CURLOPT_NOSIGNAL => true,
            CURLOPT_FOLLOWLOCATION => false,
            CURLOPT_PROXY => '',
            CURLOPT_PROTOCOLS => CURLPROTO_HTTP | CURLPROTO_HTTPS,
        ];
        if (self::is_socket($hub)) {
            $options[CURLOPT_UNIX_SOCKET_PATH] = substr($hub, 5);
        }
        return $options;
    }

    /**
     * What a path is appended to.
     *
     * @param string $hub
     * @return string
     */
    public static function base_of(string $hub): string {
        return self::is_socket($hub) ? 'http://localhost' : rtrim($hub, '/');
    }

    /**
     * Whether the hub is called over a Unix socket.
     *
     * @param string $hub
     * @return bool
     */
    private static function is_socket(string $hub): bool {
        return strncmp($hub, 'unix:', 5) === 0;
    }
}
