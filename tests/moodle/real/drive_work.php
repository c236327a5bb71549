<?php
// Does what people do on a site, with Moodle's own functions: SCRIPT DIRROOT LABEL.

require(__DIR__ . '/bootstrap.php');
require_once($CFG->libdir . '/testing/generator/lib.php');
require_once($CFG->dirroot . '/course/lib.php');
require_once($CFG->dirroot . '/user/lib.php');
require_once($CFG->dirroot . '/group/lib.php');
require_once($CFG->dirroot . '/cohort/lib.php');
require_once($CFG->libdir . '/gradelib.php');
require_once($CFG->dirroot . '/backup/util/includes/backup_includes.php');
require_once($CFG->dirroot . '/backup/util/includes/restore_includes.php');

$label = $arguments[0];
$generator = new testing_data_generator();

$users = [];
for ($i = 0; $i < 4; $i++) {
    $users[] = user_create_user((object) [
        'username' => "$label$i", 'password' => 'Pass-word-1', 'firstname' => "Ñandú $i", 'lastname' => $label,
        'email' => "$label$i@example.com", 'confirmed' => 1, 'mnethostid' => $CFG->mnet_localhost_id,
    ]);
}
$course = $generator->create_course(['fullname' => "Course $label", 'shortname' => $label, 'enablecompletion' => 1]);
foreach ($users as $user) {
    $generator->enrol_user($user, $course->id, 'student');
}
$forum = $generator->create_module('forum', ['course' => $course->id]);
$page = $generator->create_module('page', ['course' => $course->id]);
$assign = $generator->create_module('assign', ['course' => $course->id]);
$discussion = $generator->get_plugin_generator('mod_forum')->create_discussion(
    ['course' => $course->id, 'forum' => $forum->id, 'userid' => $users[0]]
);
foreach ([40, 55, 90] as $grade) {
    grade_update('mod/assign', $course->id, 'mod', 'assign', $assign->id, 0, (object) [
        'userid' => $users[1], 'rawgrade' => $grade,
    ]);
}
foreach ($users as $user) {
    page_view_of($page, $course, $user);
}
$group = groups_create_group((object) ['courseid' => $course->id, 'name' => 'A']);
groups_add_member($group, $users[0]);
$cohort = cohort_add_cohort((object) ['name' => $label, 'contextid' => SYSCONTEXTID, 'idnumber' => $label]);
cohort_add_member($cohort, $users[0]);
cohort_remove_member($cohort, $users[0]);
user_update_user((object) ['id' => $users[2], 'firstname' => 'Renamed'], false, true);
user_update_user((object) ['id' => $users[2], 'firstname' => 'Twice'], false, true);

$backup = new backup_controller(
    backup::TYPE_1COURSE,
    $course->id,
    backup::FORMAT_MOODLE,
    backup::INTERACTIVE_NO,
    backup::MODE_IMPORT,
    get_admin()->id
);
$backup->execute_plan();
$id = $backup->get_backupid();
$backup->destroy();
$copy = restore_dbops::create_new_course('Copy', "copy$label", $course->category);
$restore = new restore_controller(
    $id,
    $copy,
    backup::INTERACTIVE_NO,
    backup::MODE_IMPORT,
    get_admin()->id,
    backup::TARGET_NEW_COURSE
);
$restore->execute_precheck();
$restore->execute_plan();
$restore->destroy();

course_delete_module($page->cmid);
ob_start();
delete_course($copy, false);
ob_end_clean();
delete_user($DB->get_record('user', ['id' => $users[3]]));
report(['course' => $course->id, 'forum' => $forum->cmid, 'users' => $users]);

function page_view_of($page, $course, $userid): void {
    \mod_page\event\course_module_viewed::create([
        'objectid' => $page->id, 'context' => context_module::instance($page->cmid), 'userid' => $userid,
    ])->trigger();
}
