<?php
// Moodle's classes: shutdown, encryption, locks, tasks, checks.

namespace {
    class core_shutdown_manager {
        private static $callbacks = [];

        public static function register_function($callback, ?array $params = null): void {
            self::$callbacks[] = [$callback, $params ? array_values($params) : []];
        }

        public static function shutdown_handler() {
            global $DB;
            foreach (self::$callbacks as [$callback, $params]) {
                try {
                    call_user_func_array($callback, $params);
                } catch (\Throwable $e) {
                    fwrite(STDERR, 'Exception ignored in shutdown function ' . get_callable_name($callback) . ': ' .
                        $e->getMessage() . "\n");
                }
            }
            if ($DB->is_transaction_started()) {
                $DB->force_transaction_rollback();
            }
        }
    }

    class core_component {
        public static function get_component_classes_in_namespace($component, $namespace) {
            return array_fill_keys(\standin_events::$classes, 'unused');
        }
    }

    class context_system {
        public static function instance() {
            return new self();
        }
    }

    class moodle_url {
        public $path;

        public function __construct($path) {
            $this->path = $path;
        }
    }

    class action_link {
        public $url;
        public $text;

        public function __construct($url, $text) {
            $this->url = $url;
            $this->text = $text;
        }
    }
}

namespace core {
    class encryption {
        public static function encrypt(string $data): string {
            return $data === '' ? '' : 'standin:' . base64_encode(strrev($data));
        }

        public static function decrypt(string $data): string {
            if ($data === '') {
                return '';
            }
            if (strpos($data, 'standin:') !== 0) {
                throw new \moodle_exception('encryption_wrongmethod', 'error');
            }
            return strrev(base64_decode(substr($data, 8)));
        }
    }
}

namespace core_user {
    class fields {
        public static function get_name_fields(bool $strangeorder = false): array {
            return ['firstnamephonetic', 'lastnamephonetic', 'middlename', 'alternatename', 'firstname', 'lastname'];
        }
    }
}

namespace core\session {
    class manager {
        /** @var bool whether another request of the same user may go on */
        public static $closed = false;

        public static function write_close() {
            self::$closed = true;
        }
    }
}

namespace core\lock {
    class lock_config {
        public static function get_lock_factory(string $type) {
            return new lock_factory($type);
        }
    }

    class lock_factory {
        private $type;

        public function __construct(string $type) {
            $this->type = $type;
        }

        public function get_lock($resource, $timeout) {
            global $CFG;
            $file = fopen("$CFG->dataroot/lock-$this->type-$resource", 'c');
            $end = microtime(true) + $timeout;
            do {
                if (flock($file, LOCK_EX | LOCK_NB)) {
                    return new lock($file);
                }
                usleep(10000);
            } while (microtime(true) < $end);
            return false;
        }
    }

    class lock {
        private $file;

        public function __construct($file) {
            $this->file = $file;
        }

        public function release() {
            return flock($this->file, LOCK_UN);
        }
    }
}

namespace core\task {
    abstract class adhoc_task {
        private $id;
        private $customdata = '';
        private $nextruntime = 0;

        public function get_id() {
            return $this->id;
        }

        public function set_id($id) {
            $this->id = $id;
        }

        public function get_custom_data() {
            return json_decode($this->customdata);
        }

        public function set_custom_data($customdata) {
            $this->customdata = json_encode($customdata);
        }

        public function get_next_run_time() {
            return $this->nextruntime;
        }

        public function set_next_run_time($nextruntime) {
            $this->nextruntime = $nextruntime;
        }

        abstract public function execute();
    }

    class manager {
        /** @var adhoc_task[] */
        public static $queued = [];

        public static function queue_adhoc_task(adhoc_task $task, $checkforexisting = false) {
            self::$queued[] = $task;
            return count(self::$queued);
        }
    }

    abstract class scheduled_task {
        abstract public function execute();
    }
}

namespace core\check {
    abstract class check {
        public function get_id(): string {
            $parts = explode('\\', static::class);
            return end($parts);
        }

        abstract public function get_result(): result;
    }

    class result {
        const NA = 'na';
        const OK = 'ok';
        const INFO = 'info';
        const WARNING = 'warning';
        const ERROR = 'error';

        private $status;
        private $summary;

        public function __construct($status, $summary, $details = '') {
            $this->status = $status;
            $this->summary = $summary;
        }

        public function get_status() {
            return $this->status;
        }

        public function get_summary() {
            return $this->summary;
        }
    }
}
