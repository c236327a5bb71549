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
function standard_plugins(string $type): array {
    global $standard;
    return $standard ? $standard[$type] ?? [] : (array) core_plugin_manager::standard_plugins_list($type);
}

$types = (array) json_decode(file_get_contents("$lists/components.json"), true)['plugintypes'];
if (!$standard) {
    require_once("$dirroot/lib/classes/plugin_manager.php");
}
$folders = [];
foreach ($types as $type => $folder) {
    $folders[] = [$type, "$dirroot/" . preg_replace('~^public/~', '', $folder)];
}
while ([$type, $folder] = array_shift($folders)) {
    foreach (glob("$folder/*", GLOB_ONLYDIR) as $plugin) {
        $known = in_array(basename($plugin), standard_plugins($type), true);
        if (!$known && is_file("$plugin/version.php")) {
            echo "$plugin\n";
        } else if (is_file("$plugin/db/subplugins.json")) {
            $lists = json_decode(file_get_contents("$plugin/db/subplugins.json"), true);
            foreach ($lists['plugintypes'] ?? [] as $subtype => $subfolder) {
                $folders[] = [$subtype, "$dirroot/" . preg_replace('~^public/~', '', $subfolder)];
            }
        }
    }
}
