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
 * Says to the hub which user of this site sends a request: an assertion for that request alone.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
final class sign_on {
    /** An assertion is good for so many seconds. */
    private const VALID_S = 30;
    /** The hub takes names of so many bytes. */
    private const NAME_BYTES = 255;

    /** @var string */
    private $key;
    /** @var array who is asserted */
    private $who;

    /**
     * Constructor.
     *
     * @param string $key the site's key
     * @param string $site the site's name in the hub
     * @param int $userid
     * @param string $name of the user, for the hub's audit trail
     * @param string $role view or manage
     */
    public function __construct(string $key, string $site, int $userid, string $name, string $role) {
        $this->key = $key;
        $this->who = [
            'site' => $site,
            'userid' => $userid,
            'name' => mb_strcut($name, 0, self::NAME_BYTES, 'UTF-8'),
            'role' => $role,
        ];
    }

    /**
     * The header of one request.
     *
     * @param string $method
     * @param string $path path and query as in the request line
     * @param string $body
     * @return string
     */
    public function header(string $method, string $path, string $body): string {
        // Decimals: a hub that has just started refuses what was made before.
        $now = round(microtime(true), 3);
        $claims = json_encode($this->who + [
            'iat' => $now,
            'exp' => $now + self::VALID_S,
            'jti' => bin2hex(random_bytes(16)),
            'method' => $method,
            'path' => $path,
            'sha256' => hash('sha256', $body),
        ], JSON_INVALID_UTF8_SUBSTITUTE | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);
        $encoded = rtrim(strtr(base64_encode($claims), '+/', '-_'), '=');
        return 'Authorization: MIH-Sign-On ' . $encoded . '.' . hash_hmac('sha256', $encoded, $this->key);
    }
}
