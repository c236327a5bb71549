<?php
// $DB: the calls that the plugin makes, with Moodle's way of nesting transactions.

class moodle_transaction {
    private $database;
    private $disposed = false;

    public function __construct(standin_database $database) {
        $this->database = $database;
    }

    public function is_disposed() {
        return $this->disposed;
    }

    public function dispose() {
        $this->disposed = true;
    }

    public function allow_commit() {
        $this->database->commit_delegated_transaction($this);
    }

    public function rollback($e) {
        $this->database->rollback_delegated_transaction($this, $e);
    }
}

class standin_recordset extends ArrayIterator {
    public function close() {
    }
}

class standin_database {
    /** @var int queries so far */
    public $queries = 0;

    private $pdo;
    private $transactions = [];
    private $forcerollback = false;

    public function __construct(string $file) {
        $new = !file_exists($file);
        $this->pdo = new PDO('sqlite:' . $file, null, null, [
            PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
            PDO::ATTR_STRINGIFY_FETCHES => true, // as MariaDB and PostgreSQL give numbers
        ]);
        $this->pdo->exec('PRAGMA busy_timeout = 20000');
        if ($new) {
            $this->pdo->exec('PRAGMA journal_mode = WAL');
            $this->install();
        }
    }

    public function get_records_menu($table, array $conditions, $sort = '', $fields = '*') {
        [$where, $params] = $this->where($conditions);
        [$key, $value] = explode(', ', $fields);
        return array_column($this->query("SELECT $fields FROM $table WHERE $where", $params), $value, $key);
    }

    public function get_records($table, ?array $conditions = null, $sort = '', $fields = '*', $from = 0, $limit = 0) {
        [$where, $params] = $this->where($conditions ?? []);
        return $this->get_records_select($table, $where, $params, $sort, $fields, $from, $limit);
    }

    public function get_records_select($table, $select, ?array $params = null, $sort = '', $fields = '*', $from = 0, $limit = 0) {
        $sql = "SELECT $fields FROM $table WHERE $select" . ($sort === '' ? '' : " ORDER BY $sort") .
            ($limit ? " LIMIT $limit OFFSET $from" : '');
        $records = [];
        foreach ($this->query($sql, $params) as $row) {
            $records[reset($row)] = (object) $row;
        }
        return $records;
    }

    public function get_records_list($table, $field, array $values, $sort = '', $fields = '*') {
        if (!$values) {
            return [];
        }
        [$in, $params] = $this->get_in_or_equal($values);
        return $this->get_records_select($table, "$field $in", $params, $sort, $fields);
    }

    public function get_recordset_select($table, $select, ?array $params = null, $sort = '', $fields = '*', $from = 0, $limit = 0) {
        return new standin_recordset($this->get_records_select($table, $select, $params, $sort, $fields, $from, $limit));
    }

    public function get_field_select($table, $return, $select, ?array $params = null) {
        $rows = $this->query("SELECT $return FROM $table WHERE $select", $params);
        return $rows ? reset($rows[0]) : false;
    }

    public function record_exists($table, array $conditions) {
        [$where, $params] = $this->where($conditions);
        return $this->record_exists_select($table, $where, $params);
    }

    public function record_exists_select($table, $select, ?array $params = null) {
        return (bool) $this->query("SELECT 'x' FROM $table WHERE $select LIMIT 1", $params);
    }

    public function count_records($table, array $conditions = []) {
        [$where, $params] = $this->where($conditions);
        return $this->count_records_select($table, $where, $params);
    }

    public function count_records_select($table, $select, ?array $params = null) {
        return (int) $this->get_field_select($table, 'COUNT(*)', $select, $params);
    }

    public function insert_record($table, $row, $returnid = true) {
        $row = array_diff_key((array) $row, ['id' => null]);
        $names = implode(', ', array_keys($row));
        $marks = implode(', ', array_fill(0, count($row), '?'));
        $this->query("INSERT INTO $table ($names) VALUES ($marks)", array_values($row));
        return $returnid ? (int) $this->pdo->lastInsertId() : true;
    }

    public function insert_records($table, $rows) {
        foreach ($rows as $row) {
            $this->insert_record($table, $row, false);
        }
    }

    public function update_record($table, $row) {
        $row = (array) $row;
        $id = $row['id'];
        unset($row['id']);
        $sets = implode(', ', array_map(function ($name) {
            return "$name = ?";
        }, array_keys($row)));
        $this->query("UPDATE $table SET $sets WHERE id = ?", array_merge(array_values($row), [$id]));
        return true;
    }

    public function set_field_select($table, $field, $value, $select, ?array $params = null) {
        $this->query("UPDATE $table SET $field = ? WHERE $select", array_merge([$value], $params ?? []));
        return true;
    }

    public function delete_records_list($table, $field, array $values) {
        if ($values) {
            [$in, $params] = $this->get_in_or_equal($values);
            $this->delete_records_select($table, "$field $in", $params);
        }
        return true;
    }

    public function delete_records_select($table, $select, ?array $params = null) {
        $this->query("DELETE FROM $table WHERE $select", $params);
        return true;
    }

    public function get_in_or_equal($items) {
        if (!$items) {
            throw new coding_exception('moodle_database::get_in_or_equal() does not accept empty arrays');
        }
        if (count((array) $items) === 1) {
            return ['= ?', array_values((array) $items)];
        }
        return ['IN (' . implode(',', array_fill(0, count($items), '?')) . ')', array_values($items)];
    }

    public function is_transaction_started() {
        return !empty($this->transactions);
    }

    public function start_delegated_transaction() {
        $transaction = new moodle_transaction($this);
        $this->transactions[] = $transaction;
        if (count($this->transactions) === 1) {
            $this->pdo->exec('BEGIN IMMEDIATE');
        }
        return $transaction;
    }

    public function commit_delegated_transaction(moodle_transaction $transaction) {
        $this->must_be_usable($transaction);
        if ($this->forcerollback) {
            throw new dml_transaction_exception('Tried to commit transaction after lower level rollback');
        }
        if ($transaction !== end($this->transactions)) {
            $this->forcerollback = true;
            throw new dml_transaction_exception('Invalid transaction commit attempt');
        }
        if (count($this->transactions) === 1) {
            $this->pdo->exec('COMMIT');
        }
        array_pop($this->transactions);
        if (!$this->transactions) {
            \core\event\manager::database_transaction_commited();
        }
    }

    public function rollback_delegated_transaction(moodle_transaction $transaction, $e) {
        $this->must_be_usable($transaction);
        $this->forcerollback = true;
        if ($transaction !== end($this->transactions)) {
            throw $e;
        }
        if (count($this->transactions) === 1) {
            $this->pdo->exec('ROLLBACK');
        }
        array_pop($this->transactions);
        if (!$this->transactions) {
            $this->forcerollback = false;
            \core\event\manager::database_transaction_rolledback();
        }
        throw $e;
    }

    public function force_transaction_rollback() {
        if ($this->transactions) {
            $this->pdo->exec('ROLLBACK');
        }
        $this->transactions = [];
        $this->forcerollback = false;
        \core\event\manager::database_transaction_rolledback();
    }

    private function must_be_usable(moodle_transaction $transaction) {
        if ($transaction->is_disposed()) {
            throw new dml_transaction_exception('Transactions already disposed');
        }
        $transaction->dispose();
        if (!$this->transactions) {
            throw new dml_transaction_exception('Transaction not started');
        }
    }

    private function where(array $conditions) {
        if (!$conditions) {
            return ['1 = 1', []];
        }
        $where = implode(' AND ', array_map(function ($name) {
            return "$name = ?";
        }, array_keys($conditions)));
        return [$where, array_values($conditions)];
    }

    private function query(string $sql, ?array $params) {
        ++$this->queries;
        try {
            $statement = $this->pdo->prepare(preg_replace('/\{(\w+)\}/', '$1', $sql));
            $statement->execute($params ?? []);
            return $statement->fetchAll(PDO::FETCH_ASSOC);
        } catch (PDOException $failure) {
            throw preg_match('/^\s*SELECT/', $sql) ? new dml_exception('dmlreadexception', $failure->getMessage())
                : new dml_write_exception('dmlwriteexception', $failure->getMessage());
        }
    }

    private function install() {
        $this->pdo->exec('CREATE TABLE config_plugins (id INTEGER PRIMARY KEY, plugin TEXT, name TEXT, value TEXT)');
        $this->pdo->exec('CREATE TABLE task_adhoc (id INTEGER PRIMARY KEY, classname TEXT, nextruntime INTEGER)');
        $this->pdo->exec('CREATE TABLE happened (id INTEGER PRIMARY KEY AUTOINCREMENT, what TEXT)');
        $this->pdo->exec("CREATE TABLE user (id INTEGER PRIMARY KEY, deleted INTEGER, username TEXT, email TEXT, idnumber TEXT,
            lang TEXT, firstname TEXT, lastname TEXT, firstnamephonetic TEXT, lastnamephonetic TEXT, middlename TEXT,
            alternatename TEXT)");
        $this->pdo->exec('CREATE TABLE course (id INTEGER PRIMARY KEY, shortname TEXT, fullname TEXT, idnumber TEXT,
            category INTEGER)');
        $types = ['int' => 'INTEGER', 'char' => 'TEXT', 'text' => 'TEXT'];
        foreach (simplexml_load_file(PLUGIN . '/db/install.xml')->TABLES->TABLE as $table) {
            $columns = [];
            foreach ($table->FIELDS->FIELD as $field) {
                $columns[] = (string) $field['SEQUENCE'] === 'true'
                    ? "{$field['NAME']} INTEGER PRIMARY KEY AUTOINCREMENT"
                    : "{$field['NAME']} {$types[(string) $field['TYPE']]}" .
                        ((string) $field['NOTNULL'] === 'true' ? ' NOT NULL' : '') .
                        (isset($field['DEFAULT']) ? " DEFAULT '{$field['DEFAULT']}'" : '');
            }
            $this->pdo->exec("CREATE TABLE {$table['NAME']} (" . implode(', ', $columns) . ')');
            foreach ($table->INDEXES->INDEX ?? [] as $index) {
                $unique = (string) $index['UNIQUE'] === 'true' ? 'UNIQUE' : '';
                $this->pdo->exec("CREATE $unique INDEX {$table['NAME']}_{$index['NAME']} ON {$table['NAME']} ({$index['FIELDS']})");
            }
        }
    }
}
