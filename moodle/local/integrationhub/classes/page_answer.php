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
 * What an entry of this plugin answers: status, headers, body.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
final class page_answer {
    /** For answers that bring no policy of their own: they are no pages. */
    const NO_PAGE = "default-src 'none'; frame-ancestors 'self'";
    /** What statuses are called. */
    private const TITLES = [
        400 => 'Bad Request', 401 => 'Unauthorized', 403 => 'Forbidden', 404 => 'Not Found',
        405 => 'Method Not Allowed', 413 => 'Content Too Large', 502 => 'Bad Gateway',
        503 => 'Service Unavailable', 504 => 'Gateway Timeout',
    ];

    /** @var int */
    public $status;
    /** @var array<string, string> */
    public $headers;
    /** @var string */
    public $body;

    /**
     * Constructor.
     *
     * @param int $status
     * @param array $headers
     * @param string $body
     */
    public function __construct(int $status, array $headers, string $body) {
        $this->status = $status;
        $this->headers = $headers + [
            'Cache-Control' => 'no-store',
            'Content-Security-Policy' => self::NO_PAGE,
            'X-Content-Type-Options' => 'nosniff',
        ];
        $this->body = $body;
    }

    /**
     * A refusal, in the form that the hub's API uses (RFC 9457).
     *
     * @param int $status
     * @param string $code
     * @param string $detail what to do
     * @return self
     */
    public static function problem(int $status, string $code, string $detail): self {
        $title = self::TITLES[$status];
        $body = ['type' => 'about:blank', 'title' => $title, 'status' => $status, 'code' => $code, 'detail' => $detail];
        $flags = JSON_INVALID_UTF8_SUBSTITUTE | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE;
        return new self($status, ['Content-Type' => 'application/problem+json'], json_encode($body, $flags));
    }

    /**
     * Why the hub gave nothing that can be handed on.
     *
     * @param hub_reply $reply
     * @return self|null null when it did
     */
    public static function failure(hub_reply $reply): ?self {
        if ($reply->toolong) {
            return self::problem(502, 'too_large', 'The answer of the hub is longer than 10 MiB.');
        }
        if ($reply->late) {
            return self::problem(504, 'hub_away', 'The hub did not answer in time.');
        }
        if ($reply->status === 0) {
            return self::problem(502, 'hub_away', 'The hub cannot be reached: ' . $reply->error);
        }
        return null;
    }

    /**
     * Sends it.
     */
    public function send(): void {
        // What Moodle and PHP have set for a page of their own.
        foreach (['Content-Type', 'Pragma', 'Expires', 'Last-Modified', 'Content-Language', 'Content-Script-Type'] as $name) {
            header_remove($name);
        }
        if (!isset($this->headers['Content-Type'])) {
            ini_set('default_mimetype', '');
        }
        http_response_code($this->status);
        foreach ($this->headers as $name => $value) {
            header("$name: $value");
        }
        echo $this->body;
    }
}
