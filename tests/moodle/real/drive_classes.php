<?php
// Triggers events of as many classes as can be made from recorded ones: SCRIPT DIRROOT FILE FROM.
// Reports where it stopped, because an observer that fails with an Error leaves Moodle's event
// manager unusable for the rest of the process.

require(__DIR__ . '/bootstrap.php');

$file = $arguments[0];
$from = (int) $arguments[1];
$course = $DB->get_record_sql('SELECT * FROM {course} WHERE id <> ?', [SITEID], IGNORE_MULTIPLE) ?: get_site();
$module = $DB->get_record('course_modules', ['course' => $course->id], '*', IGNORE_MULTIPLE);
$contexts = [
    CONTEXT_SYSTEM => context_system::instance(),
    CONTEXT_USER => context_user::instance(get_admin()->id),
    CONTEXT_COURSECAT => context_coursecat::instance($course->category ?: 1),
    CONTEXT_COURSE => context_course::instance($course->id),
];
if ($module) {
    $contexts[CONTEXT_MODULE] = context_module::instance($module->id);
}

$triggered = [];
foreach (array_slice(file($file), $from) as $position => $line) {
    $recorded = json_decode($line, true);
    $class = $recorded['eventname'];
    $context = $contexts[$recorded['contextlevel']] ?? null;
    if (!class_exists($class) || $context === null) {
        continue;
    }
    $data = ['context' => $context, 'other' => $recorded['other'], 'anonymous' => $recorded['anonymous']];
    foreach (['objectid', 'relateduserid'] as $name) {
        if ($recorded[$name] !== null) {
            $data[$name] = $recorded[$name];
        }
    }
    ob_start();
    try {
        $class::create($data)->trigger();
        $triggered[$class] = true;
    } catch (Exception $unsuitable) {
        // This one needs more than a recording.
    } catch (Error $broken) {
        ob_end_clean();
        report(['next' => $from + $position + 1, 'classes' => array_keys($triggered)]);
        return;
    }
    ob_end_clean();
}
report(['next' => null, 'classes' => array_keys($triggered)]);
