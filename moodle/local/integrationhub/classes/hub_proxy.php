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
 * Hands a request on to the hub, and the hub's answer back, both as they are but for the headers.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class hub_proxy {
    /** An answer may be so long. */
    const MAX_ANSWER = 10 << 20;
    /** Milliseconds for a connection. */
    private const CONNECT_MS = 2000;

    /** @var string the hub's address */
    private $hub;
    /** @var int milliseconds for the whole call */
    private $timeout;

    /**
     * Constructor.
     *
     * @param string $hub
     * @param int $timeout milliseconds
     */
    public function __construct(string $hub, int $timeout) {
        $this->hub = $hub;
        $this->timeout = $timeout;
    }

    /**
     * One request. No redirect is followed, no cookie goes either way.
     *
     * @param string $method
     * @param string $target path and query, as they are sent
     * @param string[] $headers
     * @param string $body
     * @return hub_reply
     */
    public function call(string $method, string $target, array $headers, string $body): hub_reply {
        $reply = new hub_reply();
        $curl = curl_init();
        curl_setopt_array($curl, hub_client::options_for($this->hub) + [
            CURLOPT_URL => hub_client::base_of($this->hub) . $target,
            CURLOPT_PATH_AS_IS => true,
            CURLOPT_CUSTOMREQUEST => $method,
            CURLOPT_HTTPHEADER => array_merge(['Expect:', 'Accept-Encoding: identity'], $headers),
            CURLOPT_CONNECTTIMEOUT_MS => self::CONNECT_MS,
            CURLOPT_TIMEOUT_MS => $this->timeout,
            CURLOPT_HEADERFUNCTION => [$reply, 'take_header'],
            CURLOPT_WRITEFUNCTION => [$reply, 'take_body'],
        ]);
        if ($body !== '') {
            curl_setopt($curl, CURLOPT_POSTFIELDS, $body);
        }
        $done = curl_exec($curl);
        if ($done) {
            $reply->status = (int) curl_getinfo($curl, CURLINFO_RESPONSE_CODE);
        } else {
            $reply->error = curl_error($curl) ?: 'no answer';
            $reply->late = curl_errno($curl) === CURLE_OPERATION_TIMEDOUT;
        }
        curl_close($curl);
        return $reply;
    }
}
