<?php
// Events and the manager that hands them to observers, as Moodle orders and buffers them.

namespace core\event {
    abstract class base {
        const LEVEL_OTHER = 0;

        protected $data;

        final protected function __construct() {
            $this->data = [
                'eventname' => '\\' . static::class, 'component' => explode('\\', static::class)[0],
                'action' => 'made', 'target' => 'thing', 'objecttable' => null, 'objectid' => null, 'crud' => 'r',
                'edulevel' => self::LEVEL_OTHER, 'contextid' => 1, 'contextlevel' => CONTEXT_SYSTEM,
                'contextinstanceid' => 0, 'userid' => 0, 'courseid' => 0, 'relateduserid' => null, 'anonymous' => 0,
                'other' => null, 'timecreated' => 0,
            ];
            $this->init();
        }

        abstract protected function init();

        public static function get_name() {
            return static::class;
        }

        final public static function get_static_info() {
            return array_intersect_key((new static())->data, array_flip(
                ['eventname', 'component', 'target', 'action', 'crud', 'edulevel', 'objecttable']
            ));
        }

        final public static function create(?array $data = null) {
            global $USER;
            $event = new static();
            unset($data['context']);
            $event->data = array_merge($event->data, ['userid' => $USER->id, 'timecreated' => time()], $data ?? []);
            $event->validate_data();
            return $event;
        }

        protected function validate_data() {
        }

        final public function trigger() {
            manager::dispatch($this);
        }

        final public function get_data() {
            return $this->data;
        }

        public function __get($name) {
            return $this->data[$name];
        }
    }

    class manager {
        private static $buffer = [];
        private static $extbuffer = [];
        private static $dispatching = false;
        private static $observers = null;

        public static function dispatch(base $event) {
            if (during_initial_install()) {
                return;
            }
            self::$buffer[] = $event;
            if (!self::$dispatching) {
                self::process();
            }
        }

        public static function database_transaction_commited() {
            if (!self::$dispatching && self::$extbuffer) {
                self::process();
            }
        }

        public static function database_transaction_rolledback() {
            self::$extbuffer = [];
        }

        /** For tests: an observer besides the plugin's. */
        public static function add_observer(callable $callback, bool $internal, int $priority = 0) {
            self::observers();
            self::$observers[] = ['callback' => $callback, 'internal' => $internal, 'priority' => $priority];
            self::sort();
        }

        private static function process() {
            global $DB;
            self::$dispatching = true;
            while (self::$buffer || self::$extbuffer) {
                if (self::$extbuffer && !$DB->is_transaction_started()) {
                    self::hand_over(array_shift(self::$extbuffer), true);
                } else if (self::$buffer) {
                    self::hand_over(array_shift(self::$buffer), false);
                } else {
                    break;
                }
            }
            // Not reached when an observer fails with an Error: from then on nothing is handed over.
            self::$dispatching = false;
        }

        private static function hand_over(base $event, bool $buffered) {
            global $DB;
            $kept = false;
            foreach (self::observers() as $observer) {
                if ($observer['internal'] && $buffered) {
                    continue;
                }
                if (!$observer['internal'] && $DB->is_transaction_started()) {
                    if (!$buffered && !$kept) {
                        self::$extbuffer[] = $event;
                        $kept = true;
                    }
                    continue;
                }
                try {
                    call_user_func($observer['callback'], $event);
                } catch (\Exception $e) {
                    debugging('Exception encountered in event observer: ' . $e->getMessage());
                }
            }
        }

        private static function observers() {
            if (self::$observers === null) {
                require(PLUGIN . '/db/events.php');
                self::$observers = $observers;
                self::sort();
            }
            return self::$observers;
        }

        private static function sort() {
            usort(self::$observers, function ($a, $b) {
                return $b['priority'] <=> $a['priority'];
            });
        }
    }
}

namespace {
    class standin_events {
        /** @var string[] */
        public static $classes = [];

        public static function define(string $name, string $crud) {
            $parts = explode('\\', $name);
            $short = array_pop($parts);
            $namespace = implode('\\', $parts);
            eval("namespace $namespace; class $short extends \\core\\event\\base {
                protected function init() { \$this->data['crud'] = '$crud'; }
            }");
            self::$classes[] = $name;
        }
    }

    standin_events::define('core\event\user_created', 'c');
    standin_events::define('core\event\user_updated', 'u');
    standin_events::define('core\event\user_deleted', 'd');
    standin_events::define('core\event\course_viewed', 'r');
    standin_events::define('core\event\config_log_created', 'c');
    standin_events::define('mod_forum\event\post_created', 'c');
    standin_events::define('local_integrationhub\event\hub_alert', 'c');
}
