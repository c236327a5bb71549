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
 * The events of this request, from their snapshot until the hub or the outbox has them.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
final class capture {
    /** So many events are sent without waiting for the end of the request. */
    private const BATCH = 50;
    /** No event waits longer than this for the next one, in nanoseconds. */
    private const PATIENCE_NS = 1000000000;

    /** @var self|null */
    private static $instance = null;

    /** @var \WeakMap event => record, from safe mode's first observer to the second */
    private $taken;
    /** @var record[] committed, to be sent */
    private $committed = [];
    /** @var int hrtime of the first of them */
    private $since = 0;
    /** @var sender|null with an open connection */
    private $sender = null;
    /** @var capture_plan|null what the sender was made for */
    private $plan = null;
    /** @var bool whether the end of the request is taken care of */
    private $registered = false;
    /** @var bool whether Moodle's shutdown callbacks run */
    private $ending = false;

    /**
     * Constructor.
     */
    private function __construct() {
        $this->taken = new \WeakMap();
    }

    /**
     * The one of this request.
     *
     * @return self
     */
    public static function instance(): self {
        if (self::$instance === null) {
            self::$instance = new self();
        }
        return self::$instance;
    }

    /**
     * Safe mode, inside of the event's transaction: an event of a change is written to the outbox,
     * where it shares the fate of that transaction.
     *
     * @param \core\event\base $event
     * @param capture_plan $plan
     */
    public function triggered(\core\event\base $event, capture_plan $plan): void {
        $record = $this->snapshot($event, $plan);
        if ($record === null) {
            return;
        }
        $this->taken[$event] = $record;
        if ($event->crud !== 'r') {
            outbox::add($record, outbox::HELD);
        }
    }

    /**
     * After the commit: the event is to be sent.
     *
     * @param \core\event\base $event
     * @param capture_plan $plan
     */
    public function committed(\core\event\base $event, capture_plan $plan): void {
        if (isset($this->taken[$event])) {
            $record = $this->taken[$event];
            unset($this->taken[$event]);
        } else {
            $record = $this->snapshot($event, $plan);
            if ($record === null) {
                return;
            }
        }
        $now = hrtime(true);
        if (!$this->committed) {
            $this->since = $now;
        }
        $this->committed[] = $record;
        if (CLI_SCRIPT || count($this->committed) >= self::BATCH || $now - $this->since > self::PATIENCE_NS) {
            $this->flush($plan);
        } else {
            $this->take_care_of_the_end();
        }
    }

    /**
     * At the end of the request.
     */
    public function shutdown(): void {
        global $DB;
        try {
            $this->ending = true;
            if ($DB->is_transaction_started()) {
                // Moodle rolls it back after these callbacks, and with it what is written now.
                $this->finish_later();
                return;
            }
            $this->finish();
        } catch (\Throwable $failure) {
            observer::report($failure);
        }
    }

    /**
     * Sends what is left. Nothing may get out of here.
     */
    public function finish(): void {
        try {
            $this->registered = false;
            $plan = capture_plan::current();
            if ($this->committed && $plan !== null) {
                $this->flush($plan);
            }
        } catch (\Throwable $failure) {
            observer::report($failure);
        }
    }

    /**
     * Hands the committed events on.
     *
     * @param capture_plan $plan
     */
    private function flush(capture_plan $plan): void {
        $records = $this->committed;
        $this->committed = [];
        if ($this->plan !== $plan) {
            $this->plan = $plan;
            $this->sender = new sender(hub_client::for_page($plan));
        }
        $this->sender->send($records);
    }

    /**
     * The snapshot of a wanted event; null for a sample too many.
     *
     * @param \core\event\base $event
     * @param capture_plan $plan
     * @return record|null
     */
    private function snapshot(\core\event\base $event, capture_plan $plan): ?record {
        $name = '\\' . get_class($event);
        $sample = $plan->wants($name) === capture_plan::AS_SAMPLE;
        if ($sample && !samples::take($name, $plan->version)) {
            return null;
        }
        return snapshot::take($event, $sample);
    }

    /**
     * Makes sure that shutdown() or finish() is called.
     */
    private function take_care_of_the_end(): void {
        if ($this->registered) {
            return;
        }
        $this->registered = true;
        if ($this->ending) {
            $this->finish_later();
        } else {
            \core_shutdown_manager::register_function([$this, 'shutdown']);
        }
    }

    /**
     * After Moodle's own shutdown: PHP calls last what is registered last.
     */
    private function finish_later(): void {
        register_shutdown_function([$this, 'finish']);
    }
}
