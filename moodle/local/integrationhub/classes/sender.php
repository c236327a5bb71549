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
 * Brings records to the hub, or to the outbox when the hub does not take them.
 *
 * While the outbox holds anything, requests append to it instead of sending, so that nothing is
 * overtaken and a dead hub costs a page one insert.
 *
 * @package    local_integrationhub
 * @copyright  2026 Integration Hub contributors
 * @license    http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
final class sender {
    /** Records in one request of the task. */
    private const BATCH = 1000;
    /** Records in one request of a page that tries an absent hub again. */
    private const PROBE_BATCH = 50;
    /** Bytes in one request: the hub takes 16 MiB. */
    private const BATCH_BYTES = 8 << 20;

    /** @var hub_client */
    private $client;
    /** @var string why the hub took nothing, for the status check */
    private $failure = '';

    /**
     * Constructor.
     *
     * @param hub_client $client
     */
    public function __construct(hub_client $client) {
        $this->client = $client;
    }

    /**
     * Sends the records of a request, in their order.
     *
     * @param record[] $records
     */
    public function send(array $records): void {
        if (hub_state::has_backlog()) {
            $this->append($records);
            if (hub_state::is_probe_due()) {
                $this->probe();
            }
            return;
        }
        $left = $this->post($records);
        if ($left) {
            hub_state::postpone_probe();
            $this->append($left);
        }
    }

    /**
     * Sends what waits in the outbox until nothing is left, the hub takes no more, or time is up.
     *
     * @param int $deadline Unix time
     * @param int $batch records in one request
     * @return string why the hub took no more; '' when it did
     */
    public function drain(int $deadline, int $batch = self::BATCH): string {
        $lock = \core\lock\lock_config::get_lock_factory('local_integrationhub')->get_lock('outbox', 0);
        if (!$lock) {
            return '';
        }
        try {
            while (time() < $deadline) {
                $records = outbox::next($batch, self::BATCH_BYTES);
                if ($records && $this->post_mixed($records)) {
                    hub_state::postpone_probe();
                    return $this->failure;
                }
                if (!$records && $this->is_drained()) {
                    return '';
                }
            }
            return '';
        } finally {
            $lock->release();
        }
    }

    /**
     * Puts records where the task finds them.
     *
     * @param record[] $records
     */
    private function append(array $records): void {
        outbox::add_waiting($records);
        // Asked after the insert: who empties the outbox says so before looking for the last time.
        if (!hub_state::has_backlog()) {
            hub_state::set_backlog(true);
        }
    }

    /**
     * One request, elected by a lock, tries whether the hub is back.
     */
    private function probe(): void {
        hub_state::postpone_probe();
        $this->drain(time() + 1, self::PROBE_BATCH);
    }

    /**
     * Declares the outbox empty, unless something came at this very moment.
     *
     * @return bool
     */
    private function is_drained(): bool {
        hub_state::set_backlog(false);
        if (outbox::is_empty()) {
            return true;
        }
        hub_state::set_backlog(true);
        return false;
    }

    /**
     * Sends events and calls from the outbox, in their order.
     *
     * @param record[] $records
     * @return bool whether the hub did not take all
     */
    private function post_mixed(array $records): bool {
        $events = [];
        foreach ($records as $record) {
            if ($record->kind === 'event') {
                $events[] = $record;
                continue;
            }
            if ($this->post($events) || !$this->enqueue($record)) {
                return true;
            }
            $events = [];
        }
        return $events && $this->post($events);
    }

    /**
     * Sends events. Refused ones are kept as such, taken ones leave the outbox.
     *
     * @param record[] $records
     * @return record[] those that were not taken and are to be sent later
     */
    private function post(array $records): array {
        if (!$records) {
            return [];
        }
        $answer = $this->client->post_events(array_column($records, 'body'));
        $refused = $answer->json()['rejected'] ?? null;
        if ($answer->status === 202 || ($answer->status === 400 && is_array($refused))) {
            $this->settle($records, (array) $refused);
            // Asked here: at the end of a page each class that is not loaded counts.
            if ($answer->version !== null && $answer->version !== $this->client->version()) {
                subscriptions::follow($this->client);
            }
            return [];
        }
        if (in_array($answer->status, [400, 413, 422], true)) {
            return $this->halve($records, $answer);
        }
        $this->failure = $answer->describe();
        return $records;
    }

    /**
     * A request that the hub refused as a whole: halved until the culprit is alone.
     *
     * @param record[] $records
     * @param hub_answer $answer
     * @return record[] those that are to be sent later
     */
    private function halve(array $records, hub_answer $answer): array {
        if (count($records) === 1) {
            outbox::refuse(reset($records), $answer->describe());
            return [];
        }
        $halves = array_chunk($records, (int) ceil(count($records) / 2));
        $left = $this->post($halves[0]);
        return $left ? array_merge($left, $halves[1]) : $this->post($halves[1]);
    }

    /**
     * After a 202: what was rejected is kept with its reason, the rest is done.
     *
     * @param record[] $records
     * @param array $rejected as the hub lists them
     */
    private function settle(array $records, array $rejected): void {
        $records = array_values($records);
        foreach ($rejected as $one) {
            $index = $one['index'] ?? -1;
            if (isset($records[$index])) {
                outbox::refuse($records[$index], ($one['code'] ?? '') . ': ' . ($one['error'] ?? ''));
                unset($records[$index]);
            }
        }
        if (array_filter(array_column($records, 'row'))) {
            outbox::remove($records);
        }
    }

    /**
     * Hands a durable call to the hub.
     *
     * @param record $record
     * @return bool false when it is to be tried later
     */
    private function enqueue(record $record): bool {
        $call = json_decode($record->body, true);
        $answer = $this->client->send(
            'POST',
            '/services/' . rawurlencode($call['service']) . '/enqueue',
            json_encode($call['request'])
        );
        if ($answer->status === 202) {
            outbox::remove([$record]);
            return true;
        }
        if (in_array($answer->status, [400, 404, 409, 413, 422], true)) {
            outbox::refuse($record, $answer->describe());
            return true;
        }
        $this->failure = $answer->describe();
        return false;
    }
}
