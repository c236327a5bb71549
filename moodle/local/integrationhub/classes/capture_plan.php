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
 * What capturing needs to know: which events are wanted, how they are captured, where they go.
 *
 * It is compiled from the plugin's settings and the subscription list, kept in the cache, and held
 * by the process for a second. The settings are the durable copy: a purged cache costs one query.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
final class capture_plan {
    /** A rule needs the event. */
    const FOR_RULES = 1;
    /** It is only wanted as a sample. */
    const AS_SAMPLE = 2;

    /** How long a process trusts its copy, in nanoseconds. */
    private const TRUSTED_NS = 1000000000;
    /** Events that are never sent: they carry old and new values of settings, secrets too. */
    private const NEVER = ['\core\event\config_log_created'];

    /** @var self|null what this process goes by; null: nothing is captured */
    private static $plan = null;
    /** @var int when it was looked at, hrtime; 0: never */
    private static $lookedat = 0;

    /** @var bool whether events of changes are written inside of their transactions */
    public $safe;
    /** @var int version of the list */
    public $version;
    /** @var string the hub's address */
    public $hub;
    /** @var string the ingest token, encrypted */
    public $token;

    /** @var string changes with every compilation */
    private $stamp;
    /** @var array<string, true> exact names that rules need */
    private $exact;
    /** @var string regular expression of names that rules need; '' for none */
    private $pattern;
    /** @var string regular expression of names of which samples are wanted */
    private $sample;
    /** @var int until when */
    private $sampleuntil;
    /** @var string regular expression of names that are never sent */
    private $denied;
    /** @var array<string, int> what was decided for a name */
    private $decisions = [];

    /**
     * From its cached form.
     *
     * @param array $data as compile() gives it
     */
    private function __construct(array $data) {
        $this->safe = $data['safe'];
        $this->version = $data['version'];
        $this->hub = $data['hub'];
        $this->token = $data['token'];
        $this->stamp = $data['stamp'];
        $this->exact = $data['exact'];
        $this->pattern = $data['pattern'];
        $this->sample = $data['sample'];
        $this->sampleuntil = $data['sampleuntil'];
        $this->denied = $data['denied'];
    }

    /**
     * The plan in force, or null when nothing is to be captured: during install and upgrade, without
     * a connection or list, and on a copy of the connected site.
     *
     * @return self|null
     */
    public static function current(): ?self {
        global $CFG;
        if (!empty($CFG->upgraderunning) || during_initial_install()) {
            return null;
        }
        $now = hrtime(true);
        if (self::$lookedat !== 0 && $now - self::$lookedat < self::TRUSTED_NS) {
            return self::$plan;
        }
        self::$lookedat = $now;
        $data = hub_state::get('plan');
        if (!is_array($data)) {
            $data = self::refresh();
        }
        if (!isset($data['exact']) || $data['wwwroot'] !== $CFG->wwwroot) {
            self::$plan = null;
        } else if (self::$plan === null || self::$plan->stamp !== $data['stamp']) {
            self::$plan = new self($data);
        }
        return self::$plan;
    }

    /**
     * Compiles the plan anew after a change of settings or list, for all processes.
     *
     * @return array its cached form
     */
    public static function refresh(): array {
        $data = self::compile(settings::all());
        hub_state::set('plan', $data);
        self::$lookedat = 0;
        return $data;
    }

    /**
     * Whether an event is to be captured.
     *
     * @param string $eventname with the leading backslash
     * @return int 0, FOR_RULES or AS_SAMPLE
     */
    public function wants(string $eventname): int {
        return $this->decisions[$eventname] ?? $this->decide($eventname);
    }

    /**
     * Decides for a name and remembers it; samples are decided each time, as they end.
     *
     * @param string $eventname
     * @return int
     */
    private function decide(string $eventname): int {
        if ($this->denied !== '' && preg_match($this->denied, $eventname)) {
            return $this->decisions[$eventname] = 0;
        }
        $own = strncmp($eventname, '\local_integrationhub\event\\', 28) === 0;
        if (
            isset($this->exact[$eventname]) ||
            (!$own && $this->pattern !== '' && preg_match($this->pattern, $eventname))
        ) {
            return $this->decisions[$eventname] = self::FOR_RULES;
        }
        if ($this->sample === '' || $own || !preg_match($this->sample, $eventname)) {
            return $this->decisions[$eventname] = 0;
        }
        return time() < $this->sampleuntil ? self::AS_SAMPLE : 0;
    }

    /**
     * The cached form. Without 'exact' nothing is captured.
     *
     * @param array $config the plugin's settings
     * @return array
     */
    private static function compile(array $config): array {
        $list = subscriptions::read($config);
        if (empty($config['hub']) || empty($config['token']) || $list === null) {
            return ['stamp' => uniqid('', true)];
        }
        $exact = [];
        $wild = [];
        foreach ($list['patterns'] as $pattern) {
            if (strpos($pattern, '*') === false) {
                $exact[$pattern] = true;
            } else {
                $wild[] = $pattern;
            }
        }
        $denied = preg_split('/[\s,]+/', $config['denylist'] ?? '', -1, PREG_SPLIT_NO_EMPTY);
        return [
            'stamp' => uniqid('', true),
            'wwwroot' => $config['wwwroot'] ?? '',
            'hub' => $config['hub'],
            'token' => $config['token'],
            'safe' => ($config['capturemode'] ?? 'fast') === 'safe',
            'version' => $list['version'],
            'exact' => $exact,
            'pattern' => self::expression($wild),
            'sample' => self::expression($list['sample']),
            'sampleuntil' => $list['sampleuntil'],
            'denied' => self::expression(array_merge(self::NEVER, $denied)),
        ];
    }

    /**
     * One regular expression for patterns in which * stands for any run of characters.
     *
     * @param string[] $patterns a missing leading backslash is added
     * @return string '' without patterns
     */
    private static function expression(array $patterns): string {
        $parts = [];
        foreach ($patterns as $pattern) {
            if ($pattern[0] !== '\\' && $pattern[0] !== '*') {
                $pattern = '\\' . $pattern;
            }
            $parts[] = str_replace('\*', '.*', preg_quote($pattern, '~'));
        }
        return $parts ? '~^(?:' . implode('|', $parts) . ')$~sD' : '';
    }
}
