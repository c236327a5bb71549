<?php
// What the functions that the plugin uses return, in a real Moodle and in the stand-in alike.
// To be included; gives an array of name => result.

function thrown(callable $do) {
    try {
        $do();
        return 'nothing';
    } catch (Throwable $e) {
        // Since 4.5 some have moved into a namespace.
        return basename(str_replace('\\', '/', get_class($e)));
    }
}

function probe_database(): array {
    global $DB;
    $table = 'local_integrationhub_nonce';
    $DB->delete_records_select($table, '1 = 1');
    $found = [];
    $id = $DB->insert_record($table, (object) ['nonce' => 'a', 'timecreated' => 5]);
    $found['insert_record gives the id'] = is_int($id) && $id > 0;
    $found['insert_record without id'] = $DB->insert_record($table, (object) ['nonce' => 'b', 'timecreated' => 6], false);
    $found['a second one of a unique index'] = thrown(function () use ($DB, $table) {
        $DB->insert_record($table, (object) ['nonce' => 'a', 'timecreated' => 7]);
    });
    $found['after that'] = $DB->count_records($table);
    $DB->insert_records($table, [(object) ['nonce' => 'c', 'timecreated' => 8], (object) ['nonce' => 'd', 'timecreated' => 9]]);
    $found['get_records'] = array_values(array_map(function ($row) {
        return $row->nonce . $row->timecreated;
    }, $DB->get_records($table, ['timecreated' => 8], 'id DESC', 'id, nonce, timecreated', 0, 1)));
    $found['get_records_menu'] = $DB->get_records_menu($table, ['nonce' => 'd'], '', 'nonce, timecreated');
    $set = $DB->get_recordset_select($table, 'timecreated > ?', [5], 'timecreated', '*', 0, 2);
    foreach ($set as $row) {
        $found['get_recordset_select'][] = $row->nonce;
    }
    $set->close();
    $found['record_exists'] = [$DB->record_exists($table, ['nonce' => 'a']), $DB->record_exists($table, ['nonce' => 'z'])];
    $found['record_exists_select'] = $DB->record_exists_select($table, 'nonce = ? OR nonce = ?', ['z', 'b']);
    $found['count_records_select'] = $DB->count_records_select($table, 'timecreated < ?', [7]);
    $found['MIN of rows'] = (string) $DB->get_field_select($table, 'MIN(timecreated)', '1 = 1', []);
    $found['MIN of none'] = $DB->get_field_select($table, 'MIN(timecreated)', 'timecreated > ?', [100]);
    $found['update_record'] = $DB->update_record($table, (object) ['id' => $id, 'timecreated' => 1]);
    $found['set_field_select'] = $DB->set_field_select($table, 'timecreated', 3, 'nonce = ?', ['b']);
    $found['get_in_or_equal of one'] = $DB->get_in_or_equal([7]);
    $found['get_in_or_equal of two'] = $DB->get_in_or_equal([7, 8]);
    $found['get_in_or_equal of none'] = thrown(function () use ($DB) {
        $DB->get_in_or_equal([]);
    });
    $found['delete_records_list'] = $DB->delete_records_list($table, 'nonce', ['a', 'b']);
    $found['delete_records_list of none'] = $DB->delete_records_list($table, 'nonce', []);
    $found['delete_records_select'] = $DB->delete_records_select($table, 'nonce = ?', ['c']);
    $found['get_records_list'] = array_column($DB->get_records_list($table, 'nonce', ['d', 'z'], '', 'id, nonce'), 'nonce');
    $found['get_records_list of none'] = $DB->get_records_list($table, 'nonce', []);
    $found['left'] = array_values($DB->get_records_menu($table, ['timecreated' => 9], '', 'id, nonce'));
    $DB->delete_records_select($table, '1 = 1');
    return $found;
}

function probe_transactions(): array {
    global $DB;
    $table = 'local_integrationhub_nonce';
    $found = ['before' => $DB->is_transaction_started()];
    $outer = $DB->start_delegated_transaction();
    $inner = $DB->start_delegated_transaction();
    $DB->insert_record($table, (object) ['nonce' => 'x', 'timecreated' => 1]);
    $found['inside'] = $DB->is_transaction_started();
    $found['a failed insert inside'] = thrown(function () use ($DB, $table) {
        $DB->insert_record($table, (object) ['nonce' => 'x', 'timecreated' => 2]);
    });
    $found['the transaction lives'] = $DB->record_exists($table, ['nonce' => 'x']);
    $inner->allow_commit();
    $found['after the inner'] = $DB->is_transaction_started();
    $outer->allow_commit();
    $found['after the outer'] = [$DB->is_transaction_started(), $DB->count_records($table)];
    $found['committed twice'] = thrown([$outer, 'allow_commit']);

    $outer = $DB->start_delegated_transaction();
    $inner = $DB->start_delegated_transaction();
    $DB->insert_record($table, (object) ['nonce' => 'y', 'timecreated' => 1]);
    $found['rollback throws on'] = thrown(function () use ($inner) {
        $inner->rollback(new LogicException('on'));
    });
    $found['still inside'] = $DB->is_transaction_started();
    $found['commit after inner rollback'] = thrown([$outer, 'allow_commit']);
    $DB->force_transaction_rollback();
    $found['after force'] = [$DB->is_transaction_started(), $DB->record_exists($table, ['nonce' => 'y'])];
    $DB->delete_records_select($table, '1 = 1');
    return $found;
}

function probe_settings(): array {
    $found = ['missing' => get_config('local_integrationhub', 'probe')];
    $found['set_config'] = set_config('probe', 5, 'local_integrationhub');
    $found['a number'] = get_config('local_integrationhub', 'probe');
    $found['all'] = get_config('local_integrationhub')->probe;
    set_config('probe', null, 'local_integrationhub');
    $found['removed'] = get_config('local_integrationhub', 'probe');
    return $found;
}

function probe_cache(): array {
    $cache = cache::make('local_integrationhub', 'state');
    $found = ['missing' => $cache->get('probe')];
    $cache->set('probe', ['a' => [1, true], 'b' => 'x']);
    $found['kept'] = cache::make('local_integrationhub', 'state')->get('probe');
    $found['delete'] = [$cache->delete('probe'), $cache->get('probe')];
    $cache->set('probe', 1);
    $cache->purge();
    $found['purged'] = $cache->get('probe');
    $found['unknown definition'] = thrown(function () {
        cache::make('local_integrationhub', 'none');
    });
    return $found;
}

function probe_locks(): array {
    $factory = \core\lock\lock_config::get_lock_factory('local_integrationhub');
    $lock = $factory->get_lock('probe', 0);
    $found = ['free' => is_object($lock)];
    $found['another'] = is_object($other = $factory->get_lock('other', 0));
    $other->release();
    $lock->release();
    $again = $factory->get_lock('probe', 0);
    $found['after release'] = is_object($again);
    $again->release();
    return $found;
}

function probe_encryption(): array {
    $hidden = \core\encryption::encrypt('secret é');
    return [
        'hides' => strpos($hidden, 'secret') === false,
        'returns' => \core\encryption::decrypt($hidden),
        'empty' => [\core\encryption::encrypt(''), \core\encryption::decrypt('')],
        'of something else' => thrown(function () {
            \core\encryption::decrypt('nonsense');
        }),
    ];
}

function probe_events(): array {
    $class = '\core\event\user_created';
    $info = $class::get_static_info();
    $found = ['static info' => [$info['eventname'], $info['crud'], array_keys($info) !== []]];
    $found['is an event'] = is_subclass_of($class, \core\event\base::class);
    $classes = \core_component::get_component_classes_in_namespace(null, 'event');
    $found['catalogue'] = isset($classes['core\event\user_created']) && isset($classes['mod_forum\event\post_created']);
    return $found;
}

function probe_people(): array {
    $names = \core_user\fields::get_name_fields();
    sort($names);
    $user = array_fill_keys($names, '');
    return [
        'name fields' => $names,
        'fullname' => fullname((object) array_merge($user, ['firstname' => 'Ana', 'lastname' => 'Ñ'])),
    ];
}

function probe_messages(): array {
    $found = [];
    $class = '\local_integrationhub\event\webhook_received';
    $found['without its service'] = thrown(function () use ($class) {
        $class::create(['context' => context_system::instance(), 'other' => ['source' => 'webhook']]);
    });
    $event = $class::create(['context' => context_system::instance(), 'other' => [
        'serviceid' => 3, 'servicename' => 'crm', 'source' => 'webhook', 'payload' => ['a' => [1, 2.5, null]]]]);
    $data = $event->get_data();
    $found['data'] = [$data['eventname'], $data['crud'], $data['edulevel'], $data['other']];
    $found['name'] = $class::get_name();
    $found['description'] = $event->get_description();
    return $found;
}

function probe_texts(): array {
    return [
        'plain' => get_string('pluginname', 'local_integrationhub'),
        'with a value' => get_string('connected', 'local_integrationhub', 'X'),
        'with values' => get_string('outbox_waiting', 'local_integrationhub', ['rows' => 3, 'age' => '5']),
        's' => s('<a "b"> & \'c\''),
        'exception' => [
            (new moodle_exception('service_not_found', 'local_integrationhub', '', 'crm'))->getMessage(),
            (new moodle_exception('service_not_found', 'local_integrationhub', '', 'crm'))->errorcode,
        ],
        'address without a request' => getremoteaddr(''),
        'installing' => during_initial_install(),
    ];
}

return [
    'database' => probe_database(),
    'transactions' => probe_transactions(),
    'settings' => probe_settings(),
    'cache' => probe_cache(),
    'locks' => probe_locks(),
    'encryption' => probe_encryption(),
    'events' => probe_events(),
    'people' => probe_people(),
    'messages' => probe_messages(),
    'texts' => probe_texts(),
];
