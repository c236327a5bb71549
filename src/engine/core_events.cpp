#include "engine/core_events.hpp"

#include <algorithm>
#include <array>

namespace mih::engine {
namespace {

constexpr bool kUser = true;  // about a user
constexpr bool kNobody = false;
constexpr bool kCourse = true;  // in a course
constexpr bool kNowhere = false;

constexpr std::array<EventClass, 46> kEvents{{
    {R"(\core\event\badge_awarded)", "", "badge", "c", 2, 50, kUser, kCourse,
     R"({"expiredate":null,"badgeissuedid":6})"},
    {R"(\core\event\cohort_created)", "", "cohort", "c", 0, 10, kNobody, kNowhere, ""},
    {R"(\core\event\cohort_member_added)", "", "cohort", "c", 0, 10, kUser, kNowhere, ""},
    {R"(\core\event\cohort_member_removed)", "", "cohort", "d", 0, 10, kUser, kNowhere, ""},
    {R"(\core\event\comment_created)", "", "comments", "c", 2, 70, kNobody, kCourse,
     R"({"itemid":3})"},
    {R"(\core\event\course_completed)", "", "course_completions", "u", 2, 50, kUser, kCourse,
     R"({"relateduserid":"1005"})"},
    {R"(\core\event\course_created)", "", "course", "c", 1, 50, kNobody, kCourse,
     R"({"shortname":"maths","fullname":"Mathematics"})"},
    {R"(\core\event\course_deleted)", "", "course", "d", 1, 50, kNobody, kCourse,
     R"({"shortname":"maths","fullname":"Mathematics","idnumber":""})"},
    {R"(\core\event\course_module_completion_updated)", "", "course_modules_completion", "u", 2, 70,
     kUser, kCourse, R"({"relateduserid":3,"overrideby":null,"completionstate":1})"},
    {R"(\core\event\course_module_created)", "", "course_modules", "c", 1, 70, kNobody, kCourse,
     R"({"modulename":"quiz","instanceid":"7","name":"Fractions"})"},
    {R"(\core\event\course_module_deleted)", "", "course_modules", "d", 1, 70, kNobody, kCourse,
     R"({"modulename":"label","instanceid":"1"})"},
    {R"(\core\event\course_module_updated)", "", "course_modules", "u", 1, 70, kNobody, kCourse,
     R"({"modulename":"quiz","instanceid":"7","name":"Fractions"})"},
    {R"(\core\event\course_section_created)", "", "course_sections", "c", 1, 50, kNobody, kCourse,
     R"({"sectionnum":1})"},
    {R"(\core\event\course_updated)", "", "course", "u", 1, 50, kNobody, kCourse,
     R"({"shortname":"maths","fullname":"Mathematics","updatedfields":{"fullname":"Mathematics"}})"},
    {R"(\core\event\course_viewed)", "", "", "r", 2, 50, kNobody, kCourse, ""},
    {R"(\core\event\dashboard_viewed)", "", "", "r", 0, 30, kUser, kNowhere, ""},
    {R"(\core\event\grade_item_created)", "", "grade_items", "c", 0, 50, kNobody, kCourse,
     R"({"itemname":null,"itemtype":"course","itemmodule":null})"},
    {R"(\core\event\group_created)", "", "groups", "c", 1, 50, kNobody, kCourse, ""},
    {R"(\core\event\group_member_added)", "", "groups", "c", 1, 50, kUser, kCourse,
     R"({"component":"","itemid":0})"},
    {R"(\core\event\group_member_removed)", "", "groups", "d", 0, 50, kUser, kCourse, ""},
    {R"(\core\event\message_sent)", "", "messages", "c", 0, 10, kUser, kNowhere,
     R"({"courseid":1})"},
    {R"(\core\event\role_assigned)", "", "role", "c", 0, 50, kUser, kCourse,
     R"({"id":9,"component":"enrol_manual","itemid":"1"})"},
    {R"(\core\event\role_unassigned)", "", "role", "d", 0, 50, kUser, kCourse,
     R"({"id":"1433","component":"","itemid":"0"})"},
    {R"(\core\event\user_created)", "", "user", "c", 0, 30, kUser, kNowhere, ""},
    {R"(\core\event\user_deleted)", "", "user", "d", 0, 30, kUser, kNowhere,
     R"({"username":"ann","email":"ann@example.org","idnumber":"","picture":"0","mnethostid":"1"})"},
    {R"(\core\event\user_enrolment_created)", "", "user_enrolments", "c", 0, 50, kUser, kCourse,
     R"({"enrol":"manual"})"},
    {R"(\core\event\user_enrolment_deleted)", "", "user_enrolments", "d", 0, 50, kUser, kCourse,
     R"({"userenrolment":{"id":"4","status":"0","userid":"3","courseid":"2"},"enrol":"manual"})"},
    {R"(\core\event\user_enrolment_updated)", "", "user_enrolments", "u", 0, 50, kUser, kCourse,
     R"({"enrol":"manual"})"},
    {R"(\core\event\user_graded)", "", "grade_grades", "u", 1, 50, kUser, kCourse,
     R"({"itemid":"4","overridden":false,"finalgrade":"87.50000"})"},
    {R"(\core\event\user_loggedin)", "", "user", "r", 0, 10, kNobody, kNowhere,
     R"({"username":"ann"})"},
    {R"(\core\event\user_loggedout)", "", "user", "r", 0, 10, kNobody, kNowhere,
     R"({"sessionid":"dfefm7vbplhmq2qeojit8mot4f"})"},
    {R"(\core\event\user_login_failed)", "", "", "r", 0, 10, kNobody, kNowhere,
     R"({"username":"nosuch0","reason":1})"},
    {R"(\core\event\user_password_updated)", "", "", "u", 0, 30, kUser, kNowhere,
     R"({"forgottenreset":false})"},
    {R"(\core\event\user_updated)", "", "user", "u", 0, 30, kUser, kNowhere, ""},
    {R"(\mod_assign\event\assessable_submitted)", "", "assign_submission", "u", 2, 70, kNobody,
     kCourse, R"({"submission_editable":false})"},
    {R"(\mod_assign\event\submission_graded)", "", "assign_grades", "u", 1, 70, kUser, kCourse, ""},
    {R"(\mod_data\event\record_created)", "", "data_records", "c", 2, 70, kNobody, kCourse,
     R"({"dataid":"1"})"},
    {R"(\mod_feedback\event\response_submitted)", "", "feedback_completed", "c", 2, 70, kUser,
     kCourse, R"({"cmid":12,"instanceid":4,"anonymous":2})"},
    {R"(\mod_forum\event\discussion_created)", "", "forum_discussions", "c", 2, 70, kNobody,
     kCourse, R"({"forumid":"3"})"},
    {R"(\mod_forum\event\discussion_viewed)", "", "forum_discussions", "r", 2, 70, kNobody, kCourse,
     ""},
    {R"(\mod_forum\event\post_created)", "", "forum_posts", "c", 2, 70, kNobody, kCourse,
     R"({"discussionid":"8","forumid":"3","forumtype":"general"})"},
    {R"(\mod_lesson\event\lesson_ended)", "", "lesson", "r", 2, 70, kNobody, kCourse, ""},
    {R"(\mod_quiz\event\attempt_started)", "", "quiz_attempts", "c", 2, 70, kUser, kCourse, ""},
    {R"(\mod_quiz\event\attempt_submitted)", "", "quiz_attempts", "u", 2, 70, kUser, kCourse,
     R"({"submitterid":null,"quizid":"5","studentisonline":false})"},
    {R"(\mod_quiz\event\course_module_viewed)", "", "quiz", "r", 2, 70, kNobody, kCourse, ""},
    {R"(\mod_scorm\event\scoreraw_submitted)", "", "scorm_scoes_value", "u", 2, 70, kUser, kCourse,
     R"({"attemptid":1,"cmielement":"cmi.core.score.raw","cmivalue":"80"})"},
}};

}  // namespace

std::span<const EventClass> core_events() {
  return kEvents;
}

const EventClass* find_core_event(std::string_view name) {
  const auto* found = std::ranges::find(kEvents, name, &EventClass::name);
  return found == kEvents.end() ? nullptr : found;
}

}  // namespace mih::engine
