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
 * Messages of services that are posted to this site: they are the hub's to judge, so they are handed
 * on as they came.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
final class webhook {
    /** One byte more than the hub takes: it says itself that this is too much. */
    const MAX_BODY = (1 << 20) + 1;
    /** Milliseconds that the hub has for an answer. */
    private const TIMEOUT_MS = 15000;
    /** Headers that prove who sends and tell repeats apart. */
    private const PASSED = [
        'authorization', 'content-type', 'idempotency-key', 'webhook-id', 'webhook-signature',
        'webhook-timestamp', 'x-api-key', 'x-github-delivery', 'x-hub-signature-256',
    ];
    /** Headers of the answer that the sender gets. */
    private const RETURNED = [
        'content-type' => 'Content-Type',
        'retry-after' => 'Retry-After',
        'www-authenticate' => 'WWW-Authenticate',
    ];

    /**
     * Answers the sender.
     *
     * @param string $method
     * @param string $service
     * @param array $headers of the request
     * @param string $body
     * @return page_answer
     */
    public static function answer(string $method, string $service, array $headers, string $body): page_answer {
        $connection = connection::current();
        if ($connection === null || !$connection->is_of_this_site()) {
            return page_answer::problem(503, 'not_connected', 'This site is not connected with a hub.');
        }
        if (!preg_match('/^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/D', $service)) {
            // As the hub answers for a service that there is not.
            return page_answer::problem(401, 'unauthorized', 'Credentials or service are not valid.');
        }
        $passed = [];
        foreach ($headers as $name => $value) {
            if (in_array(strtolower($name), self::PASSED, true)) {
                $passed[] = "$name: $value";
            }
        }
        $from = getremoteaddr('');
        if ($from !== '') {
            $passed[] = "X-Forwarded-For: $from";
        }
        $proxy = new hub_proxy($connection->hub(), self::TIMEOUT_MS);
        $reply = $proxy->call($method, '/inbound/' . $service, $passed, $body);
        $failure = page_answer::failure($reply);
        if ($failure !== null) {
            return $failure;
        }
        $answer = [];
        foreach (self::RETURNED as $name => $header) {
            if ($reply->header($name) !== '') {
                $answer[$header] = $reply->header($name);
            }
        }
        return new page_answer($reply->status, $answer, $reply->body);
    }
}
