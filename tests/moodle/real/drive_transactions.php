<?php
// Transactions that end in every way: SCRIPT DIRROOT LABEL. Each user updated tells which step it was.

require(__DIR__ . '/bootstrap.php');

$label = $arguments[0];

$step = function (string $name) use ($label): void {
    \core\event\user_updated::create([
        'objectid' => get_admin()->id, 'relateduserid' => get_admin()->id,
        'context' => context_user::instance(get_admin()->id), 'other' => ['step' => "$label $name"],
    ])->trigger();
};

$step('before');
$outer = $DB->start_delegated_transaction();
$step('committed');
$inner = $DB->start_delegated_transaction();
$step('committed inside');
$inner->allow_commit();
$outer->allow_commit();

$outer = $DB->start_delegated_transaction();
$step('rolled back');
try {
    $inner = $DB->start_delegated_transaction();
    $step('rolled back inside');
    $inner->rollback(new Exception('inside'));
} catch (Exception $e) {
    try {
        $outer->rollback($e);
    } catch (Exception $e) {
        $step('between');
    }
}
$DB->start_delegated_transaction();
$step('left open');
report(true);
