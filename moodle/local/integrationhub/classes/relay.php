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
 * The way from the dashboard in a user's browser to the hub: it lets through what the user may, and
 * says to the hub who it is.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
final class relay {
    /** A request may be so long. */
    const MAX_BODY = 10 << 20;
    /** Milliseconds that the hub has for an answer. */
    private const TIMEOUT_MS = 30000;
    /** Methods that are let through; all but the first need the session's key. */
    private const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
    /** The only things that the hub may hand to the browser. */
    private const TYPES = [
        'application/json', 'application/problem+json', 'text/html', 'text/javascript',
        'application/javascript', 'text/css', 'image/svg+xml', 'font/woff2', 'text/csv',
    ];
    /** Headers of the request that the hub gets: as PHP names them. */
    private const PASSED = [
        'CONTENT_TYPE' => 'Content-Type',
        'HTTP_ACCEPT' => 'Accept',
        'HTTP_IF_MATCH' => 'If-Match',
        'HTTP_IF_NONE_MATCH' => 'If-None-Match',
        'HTTP_IF_MODIFIED_SINCE' => 'If-Modified-Since',
        'HTTP_IF_UNMODIFIED_SINCE' => 'If-Unmodified-Since',
    ];
    /** Headers of the answer that the browser gets, beside its type. */
    private const RETURNED = [
        'etag' => 'ETag',
        'cache-control' => 'Cache-Control',
        'content-security-policy' => 'Content-Security-Policy',
    ];

    /** @var string */
    private $method;
    /** @var string below hub.php, starting with a slash, decoded */
    private $path;
    /** @var array as $_SERVER */
    private $server;

    /**
     * Constructor.
     *
     * @param array $server as $_SERVER
     */
    public function __construct(array $server) {
        $this->server = $server;
        $this->method = $server['REQUEST_METHOD'] ?? '';
        $this->path = $server['PATH_INFO'] ?? '';
        $script = $server['SCRIPT_NAME'] ?? '';
        if ($script !== '' && strpos($this->path, $script) === 0) {
            // Some servers put the script in front.
            $this->path = substr($this->path, strlen($script));
        }
    }

    /**
     * Answers the request.
     *
     * @param string $body
     * @return page_answer
     */
    public function answer(string $body): page_answer {
        global $USER;
        $role = '';
        $refusal = $this->admit($role) ?? $this->fault($body);
        if ($refusal !== null) {
            return $refusal;
        }
        $embedding = $this->path === '/embed.json' ? self::embedding($role) : null;
        $connection = connection::current();
        // The hub may take its time; other pages of this user go on meanwhile.
        \core\session\manager::write_close();
        if ($embedding !== null) {
            return $embedding;
        }
        if ($connection === null || !$connection->is_of_this_site() || !$connection->can_sign_on()) {
            return page_answer::problem(502, 'not_connected', 'Connect this site with a hub.');
        }
        $user = $connection->sign_on((int) $USER->id, fullname($USER), $role);
        $reply = $this->forward($connection->hub(), $user, $body);
        return page_answer::failure($reply) ?? self::hand_on($reply);
    }

    /**
     * Where a path leads on the hub.
     *
     * @param string $path below hub.php, decoded
     * @return string '' when it is not let through
     */
    public static function target(string $path): string {
        if (!preg_match('~^[A-Za-z0-9/_.\-\\\\]+$~D', $path) || strpos($path, '..') !== false) {
            return '';
        }
        if ($path === '/' || strpos($path, '/assets/') === 0) {
            return $path;
        }
        // A stream would hold a process of this server for as long as somebody looks.
        if (strpos($path, '/api/v1/') === 0 && rtrim($path, '/') !== '/api/v1/stream') {
            return implode('/', array_map('rawurlencode', explode('/', $path)));
        }
        return '';
    }

    /**
     * Lets the user in.
     *
     * @param string $role what the user may: view or manage
     * @return page_answer|null null when the user is let in
     */
    private function admit(string &$role): ?page_answer {
        try {
            require_login(null, false, null, false, true);
        } catch (\require_login_exception $nobody) {
            return page_answer::problem(401, 'unauthorized', 'Your session has ended. Log in to Moodle.');
        } catch (\moodle_exception $unfinished) {
            // A password to be changed, a policy to be agreed to.
            return page_answer::problem(403, 'forbidden', $unfinished->getMessage());
        }
        $context = \context_system::instance();
        if (has_capability('local/integrationhub:manage', $context)) {
            $role = 'manage';
        } else if (has_capability('local/integrationhub:view', $context)) {
            $role = 'view';
        } else {
            return page_answer::problem(403, 'forbidden', 'You may not see the Integration Hub.');
        }
        return null;
    }

    /**
     * Why the request is not handed on.
     *
     * @param string $body
     * @return page_answer|null null when it is
     */
    private function fault(string $body): ?page_answer {
        if (!in_array($this->method, self::METHODS, true)) {
            return page_answer::problem(405, 'method_not_allowed', 'This method is not handed on.');
        }
        if ($this->method !== 'GET') {
            $key = $this->server['HTTP_X_SESSKEY'] ?? '';
            if ($key === '' || !confirm_sesskey($key)) {
                return page_answer::problem(403, 'sesskey_invalid', 'Reload the page: its session key is not valid.');
            }
        }
        $known = self::target($this->path) !== '' || $this->path === '/embed.json';
        if (!$known || ($this->method !== 'GET' && strpos($this->path, '/api/') !== 0)) {
            return page_answer::problem(404, 'not_found', 'There is no such address behind this page.');
        }
        if (!preg_match('/^[\x21\x22\x24-\x7e]*$/D', $this->server['QUERY_STRING'] ?? '')) {
            return page_answer::problem(400, 'bad_request', 'The query holds characters that must be encoded.');
        }
        if (strlen($body) > self::MAX_BODY) {
            return page_answer::problem(413, 'too_large', 'A request may be 10 MiB long.');
        }
        return null;
    }

    /**
     * What the dashboard asks about its user.
     *
     * @param string $role
     * @return page_answer
     */
    private static function embedding(string $role): page_answer {
        $about = ['sesskey' => sesskey(), 'role' => $role, 'language' => current_language()];
        return new page_answer(200, ['Content-Type' => 'application/json'], json_encode($about));
    }

    /**
     * The call of the hub.
     *
     * @param string $hub
     * @param sign_on $user
     * @param string $body
     * @return hub_reply
     */
    private function forward(string $hub, sign_on $user, string $body): hub_reply {
        $target = self::target($this->path);
        $query = $this->server['QUERY_STRING'] ?? '';
        if ($query !== '') {
            $target .= '?' . $query;
        }
        if ($this->method === 'GET') {
            $body = '';
        }
        $headers = [];
        foreach (self::PASSED as $name => $header) {
            if (($this->server[$name] ?? '') !== '') {
                $headers[] = $header . ': ' . $this->server[$name];
            }
        }
        if (!isset($this->server['CONTENT_TYPE'])) {
            $headers[] = 'Content-Type:';
        }
        if (strpos($target, '/api/') === 0) {
            $headers[] = $user->header($this->method, $target, $body);
        }
        return (new hub_proxy($hub, self::TIMEOUT_MS))->call($this->method, $target, $headers, $body);
    }

    /**
     * The hub's answer as the browser gets it.
     *
     * @param hub_reply $reply
     * @return page_answer
     */
    private static function hand_on(hub_reply $reply): page_answer {
        if ($reply->status === 401) {
            // To the dashboard 401 means that Moodle's session has ended.
            return page_answer::problem(502, 'not_connected', 'The hub does not accept this site. Connect it again.');
        }
        if ($reply->status >= 300 && $reply->status < 400 && $reply->status !== 304) {
            return page_answer::problem(502, 'bad_answer', 'The hub answered with a redirect.');
        }
        $headers = [];
        $type = strtolower(trim(explode(';', $reply->header('content-type'))[0]));
        if (in_array($type, self::TYPES, true)) {
            $headers['Content-Type'] = $reply->header('content-type');
        } else if ($reply->body !== '') {
            return page_answer::problem(502, 'bad_answer', 'The hub answered with a type that is not handed on.');
        }
        foreach (self::RETURNED as $name => $header) {
            if ($reply->header($name) !== '') {
                $headers[$header] = $reply->header($name);
            }
        }
        return new page_answer($reply->status, $headers, $reply->body);
    }
}
