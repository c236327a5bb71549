<?php
// Prints the folders of plugins that are not part of Moodle itself, one a line: PHP FILE DIRROOT.
// Trees that people publish carry such plugins, and not all of them install.

define('MOODLE_INTERNAL', true);
$dirroot = $argv[1];
// From 5.1 on the lists lie beside public/, whose folders they name with it.
$lists = is_file("$dirroot/lib/components.json") ? "$dirroot/lib" : dirname($dirroot) . '/lib';
$standard = [];
if (is_file("$lists/plugins.json")) {
    $standard = json_decode(file_get_contents("$lists/plugins.json"), true)['standard'];
}
$types = (array) json_decode(file_get_contents("$lists/components.json"), true)['plugintypes'];
if (!$standard) {
    require_once("$dirroot/lib/classes/plugin_manager.php");
    foreach ($types as $type => $unused) {
        $standard[$type] = core_plugin_manager::standard_plugins_list($type);
    }
}
foreach ($types as $type => $folder) {
    $folder = preg_replace('~^public/~', '', $folder);
    foreach (glob("$dirroot/$folder/*", GLOB_ONLYDIR) as $plugin) {
        $known = in_array(basename($plugin), (array) ($standard[$type] ?? []), true);
        if (!$known && is_file("$plugin/version.php")) {
            echo "$plugin\n";
        }
    }
}
