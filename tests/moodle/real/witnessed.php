<?php
// Prints what the witness saw, one event a line, oldest first: SCRIPT DIRROOT.

require(__DIR__ . '/bootstrap.php');

foreach ($DB->get_recordset('local_mihwitness', null, 'id') as $row) {
    fwrite(STDOUT, json_encode(['process' => (int) $row->process, 'event' => json_decode($row->body)],
        JSON_PRESERVE_ZERO_FRACTION) . "\n");
}
