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
 * The connection of this site with its hub.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
final class connection {
    /** Milliseconds to find out whether a hub is there. */
    private const CONNECT_MS = 1000;

    /** @var array the plugin's settings */
    private $config;

    /**
     * Constructor.
     *
     * @param array $config
     */
    private function __construct(array $config) {
        $this->config = $config;
    }

    /**
     * The connection, or null when the site is not connected.
     *
     * @return self|null
     */
    public static function current(): ?self {
        $config = (array) get_config('local_integrationhub');
        return empty($config['hub']) || empty($config['token']) ? null : new self($config);
    }

    /**
     * Whether this is the site that was connected, and not a copy of it.
     *
     * @return bool
     */
    public function is_of_this_site(): bool {
        global $CFG;
        return $this->config['wwwroot'] === $CFG->wwwroot;
    }

    /**
     * The site that was connected.
     *
     * @return string
     */
    public function wwwroot(): string {
        return $this->config['wwwroot'];
    }

    /**
     * The hub's address.
     *
     * @return string
     */
    public function hub(): string {
        return $this->config['hub'];
    }

    /**
     * The version of the subscription list; 0 when there is none.
     *
     * @return int
     */
    public function list_version(): int {
        return (int) (subscriptions::read($this->config)['version'] ?? 0);
    }

    /**
     * The key that signs what the hub sends here.
     *
     * @return string
     */
    public function callback_key(): string {
        return self::reveal($this->config['callbackkey']);
    }

    /**
     * Whether the hub told what it needs to know this site's users; connections of older versions of
     * this plugin lack that.
     *
     * @return bool
     */
    public function can_sign_on(): bool {
        return !empty($this->config['sitename']) && !empty($this->config['signonkey']);
    }

    /**
     * Says to the hub who a user is.
     *
     * @param int $userid
     * @param string $name
     * @param string $role view or manage
     * @return sign_on
     */
    public function sign_on(int $userid, string $name, string $role): sign_on {
        return new sign_on(self::reveal($this->config['signonkey']), $this->config['sitename'], $userid, $name, $role);
    }

    /**
     * A client with the given patience.
     *
     * @param int $timeout milliseconds
     * @return hub_client
     */
    public function client(int $timeout): hub_client {
        $token = self::reveal($this->config['token']);
        return new hub_client($this->hub(), $token, $this->list_version(), self::CONNECT_MS, $timeout);
    }

    /**
     * Connects this site: exchanges a one-time code for its secrets, and asks for the list.
     *
     * @param string[] $addresses of the hub; the first that answers is used
     * @param string $code
     * @return string the address that is used
     * @throws \moodle_exception connect_failed with the hub's reason
     */
    public static function open(array $addresses, string $code): string {
        global $CFG;
        $request = json_encode(['code' => trim($code), 'wwwroot' => $CFG->wwwroot] + subscriptions::facts());
        $failures = [];
        foreach ($addresses as $address) {
            $client = new hub_client($address, '', 0, self::CONNECT_MS, 10000);
            $answer = $client->send('POST', '/connector/connect', $request);
            if ($answer->status === 200) {
                self::keep($address, $answer->json());
                try {
                    predecessor::send_unattended();
                } catch (\Throwable $later) {
                    debugging('integrationhub: ' . $later->getMessage(), DEBUG_DEVELOPER);
                }
                return $address;
            }
            $failures[] = $address . ': ' . $answer->describe();
        }
        throw new \moodle_exception('connect_failed', 'local_integrationhub', '', implode('; ', $failures));
    }

    /**
     * Ends the connection. What waits in the outbox stays there.
     */
    public static function close(): void {
        $gone = ['hub', 'token', 'callbackkey', 'signonkey', 'siteid', 'sitename', 'wwwroot', 'subscriptions'];
        settings::save(array_fill_keys($gone, null));
    }

    /**
     * A secret as it was before it was encrypted for the settings.
     *
     * @param string $encrypted
     * @return string
     */
    public static function reveal(string $encrypted): string {
        return \core\encryption::decrypt($encrypted);
    }

    /**
     * Saves what the hub gave to this site.
     *
     * @param string $address
     * @param array $given site_id, name, token, callback_key, signon_key, subscriptions
     */
    private static function keep(string $address, array $given): void {
        global $CFG;
        $before = settings::all()['siteid'] ?? '';
        if ($before !== '' && $before !== (string) $given['site_id']) {
            // A copy of another site: what it has in the outbox happened there.
            outbox::refuse_all(get_string('refused_other_site', 'local_integrationhub'));
        }
        // Another hub knows nothing of what the original left here, and a new token may be let in.
        $taken = $before === (string) $given['site_id'] && (predecessor::progress()['state'] ?? '') === 'done';
        settings::save([
            'hub' => $address,
            'siteid' => $given['site_id'],
            'sitename' => $given['name'],
            'wwwroot' => $CFG->wwwroot,
            'token' => \core\encryption::encrypt($given['token']),
            'callbackkey' => \core\encryption::encrypt($given['callback_key']),
            'signonkey' => \core\encryption::encrypt($given['signon_key']),
            'subscriptions' => null,
            'catalogue' => null,
            'predecessor' => $taken ? settings::all()['predecessor'] : null,
        ]);
        subscriptions::put_in_force($given['subscriptions']);
    }
}
