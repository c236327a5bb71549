<?php
// Works until it is killed: SCRIPT DIRROOT LABEL [ROUNDS]. Says so once it has begun; after ROUNDS it
// kills itself, in the middle of a transaction.

require(__DIR__ . '/bootstrap.php');

report('working');
$rounds = (int) ($arguments[1] ?? 0);
for ($i = 0;; $i++) {
    $transaction = $i % 3 ? $DB->start_delegated_transaction() : null;
    for ($n = 0; $n <= $i % 4; $n++) {
        \core\event\user_updated::create([
            'objectid' => get_admin()->id, 'relateduserid' => get_admin()->id,
            'context' => context_user::instance(get_admin()->id),
            'other' => ['step' => "$arguments[0] $i $n"],
        ])->trigger();
    }
    if ($rounds && $i >= $rounds) {
        posix_kill(getmypid(), SIGKILL);
    }
    if ($transaction !== null) {
        $transaction->allow_commit();
    }
}
