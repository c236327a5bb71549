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
 * Answers the hub's calls.
 *
 * A call is a JSON object with `action`. Its header `MIH-Signature: t=TIME,n=NONCE,v1=HEX` has the
 * HMAC-SHA256 of "TIME.NONCE.BODY" under the site's callback key.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
final class callback {
    /** A signature is valid for so many seconds. */
    const VALID_S = 300;
    /** Longer bodies are refused. */
    private const MAX_BODY = 4 << 20;
    /** Where used signatures are noted. */
    const NONCES = 'local_integrationhub_nonce';

    /**
     * Carries out a call.
     *
     * @param string $method
     * @param string $signature
     * @param string $body
     * @return array HTTP status, answer
     */
    public static function handle(string $method, string $signature, string $body): array {
        try {
            if ($method !== 'POST') {
                return self::problem(405, 'The hub posts to this address.');
            }
            $connection = connection::current();
            if ($connection === null || !$connection->is_of_this_site()) {
                return self::problem(403, 'This site is not connected.');
            }
            if (strlen($body) > self::MAX_BODY || !self::is_genuine($connection, $signature, $body)) {
                return self::problem(403, 'The signature is not valid.');
            }
            return self::act((array) json_decode($body, true));
        } catch (\Throwable $failure) {
            observer::report($failure);
            return self::problem(500, 'This site could not carry out the call.');
        }
    }

    /**
     * Whether the hub signed this, lately, and for the first time.
     *
     * @param connection $connection
     * @param string $signature
     * @param string $body
     * @return bool
     */
    private static function is_genuine(connection $connection, string $signature, string $body): bool {
        if (!preg_match('/^t=(\d{1,12}),n=([0-9a-f]{32,64}),v1=([0-9a-f]{64})$/D', $signature, $part)) {
            return false;
        }
        [, $time, $nonce, $given] = $part;
        $expected = hash_hmac('sha256', "$time.$nonce.$body", $connection->callback_key());
        return hash_equals($expected, $given) && abs(time() - (int) $time) <= self::VALID_S &&
            self::is_first_use($nonce);
    }

    /**
     * Notes a nonce; the unique index decides between two at the same moment.
     *
     * @param string $nonce
     * @return bool whether it was not known
     */
    private static function is_first_use(string $nonce): bool {
        global $DB;
        try {
            $DB->insert_record(self::NONCES, (object) ['nonce' => $nonce, 'timecreated' => time()], false);
            return true;
        } catch (\dml_write_exception $known) {
            return false;
        }
    }

    /**
     * Does what is asked for.
     *
     * @param array $call
     * @return array HTTP status, answer
     */
    private static function act(array $call): array {
        switch ($call['action'] ?? '') {
            case 'subscriptions':
                return [200, ['version' => subscriptions::put_in_force($call)]];
            case 'ping':
                return [200, ['version' => connection::current()->list_version()]];
            case 'look_up':
                return [200, look_up::find($call)];
            case 'inbound':
                return self::take((array) ($call['message'] ?? []));
            default:
                return self::problem(400, 'This version of the plugin does not know that action.');
        }
    }

    /**
     * Takes a message of a service.
     *
     * @param array $message
     * @return array HTTP status, answer
     */
    private static function take(array $message): array {
        $fault = inbound::fault($message);
        if ($fault !== '') {
            return self::problem(422, "This is no message: $fault.");
        }
        return [200, ['taken' => true, 'duplicate' => !inbound::take($message)]];
    }

    /**
     * A refusal.
     *
     * @param int $status
     * @param string $detail
     * @return array HTTP status, answer
     */
    private static function problem(int $status, string $detail): array {
        return [$status, ['status' => $status, 'detail' => $detail]];
    }
}
