<?php
// MUC with a file store: values are shared between processes and may be purged at any time.

class cache_store {
    const MODE_APPLICATION = 1;
}

class cache {
    private $folder;

    public static function make($component, $area) {
        require(PLUGIN . '/db/caches.php');
        if ($component !== 'local_integrationhub' || !isset($definitions[$area])) {
            throw new coding_exception('The requested cache definition does not exist.' . "$component/$area");
        }
        return new self("$component-$area");
    }

    private function __construct(string $name) {
        global $CFG;
        $this->folder = $CFG->dataroot . '/cache/' . $name;
        if (!is_dir($this->folder)) {
            mkdir($this->folder, 0777, true);
        }
    }

    public function get($key) {
        $file = $this->file($key);
        return is_file($file) ? unserialize(file_get_contents($file)) : false;
    }

    public function set($key, $value) {
        $written = tempnam($this->folder, '_');
        file_put_contents($written, serialize($value));
        return rename($written, $this->file($key));
    }

    public function delete($key) {
        return is_file($this->file($key)) && unlink($this->file($key));
    }

    public function purge() {
        array_map('unlink', glob($this->folder . '/*'));
        return true;
    }

    private function file($key) {
        if (!preg_match('/^[A-Za-z0-9_]+$/', $key)) {
            throw new coding_exception('A simple key is needed.');
        }
        return $this->folder . '/' . $key;
    }
}
