#include "engine/moodle_events.hpp"

#include <algorithm>
#include <array>

namespace mih::engine {
namespace {

/// What one of Moodle's own components triggers: the last parts of the names, with spaces between.
struct Component {
  std::string_view name;
  std::string_view events;
};

// The classes of a Moodle 4.5 without further plugins.
constexpr std::array<Component, 67> kComponents{{
    {"assignsubmission_comments", "comment_created comment_deleted"},
    {"assignsubmission_file", "assessable_uploaded submission_created submission_updated"},
    {"assignsubmission_onlinetext", "assessable_uploaded submission_created submission_updated"},
    {"block_comments", "comment_created comment_deleted"},
    {"booktool_exportimscp", "book_exported"},
    {"booktool_print", "book_printed chapter_printed"},
    {"core",
     "antivirus_scan_data_error antivirus_scan_file_error badge_archived badge_awarded"
     " badge_created badge_criteria_created badge_criteria_deleted badge_criteria_updated"
     " badge_deleted badge_disabled badge_duplicated badge_enabled badge_listing_viewed"
     " badge_revoked badge_updated badge_viewed blog_association_created"
     " blog_association_deleted blog_comment_created blog_comment_deleted"
     " blog_entries_viewed blog_entry_created blog_entry_deleted blog_entry_updated"
     " blog_external_added blog_external_removed blog_external_updated"
     " blog_external_viewed calendar_event_created calendar_event_deleted"
     " calendar_event_updated calendar_subscription_created calendar_subscription_deleted"
     " calendar_subscription_updated capability_assigned capability_unassigned"
     " cohort_created cohort_deleted cohort_member_added cohort_member_removed"
     " cohort_updated competency_comment_created competency_comment_deleted"
     " competency_created competency_deleted competency_evidence_created"
     " competency_framework_created competency_framework_deleted"
     " competency_framework_updated competency_framework_viewed competency_plan_approved"
     " competency_plan_completed competency_plan_created competency_plan_deleted"
     " competency_plan_reopened competency_plan_review_request_cancelled"
     " competency_plan_review_requested competency_plan_review_started"
     " competency_plan_review_stopped competency_plan_unapproved competency_plan_unlinked"
     " competency_plan_updated competency_plan_viewed competency_template_created"
     " competency_template_deleted competency_template_updated competency_template_viewed"
     " competency_updated competency_user_competency_plan_viewed"
     " competency_user_competency_rated competency_user_competency_rated_in_course"
     " competency_user_competency_rated_in_plan"
     " competency_user_competency_review_request_cancelled"
     " competency_user_competency_review_requested"
     " competency_user_competency_review_started competency_user_competency_review_stopped"
     " competency_user_competency_viewed competency_user_competency_viewed_in_course"
     " competency_user_competency_viewed_in_plan competency_user_evidence_created"
     " competency_user_evidence_deleted competency_user_evidence_updated competency_viewed"
     " completion_defaults_updated config_log_created contentbank_content_created"
     " contentbank_content_deleted contentbank_content_updated"
     " contentbank_content_uploaded contentbank_content_viewed context_locked"
     " context_unlocked course_backup_created course_category_created"
     " course_category_deleted course_category_updated course_category_viewed"
     " course_completed course_completion_updated course_content_deleted course_created"
     " course_deleted course_ended course_information_viewed"
     " course_module_completion_updated course_module_created course_module_deleted"
     " course_module_updated course_reset_ended course_reset_started"
     " course_resources_list_viewed course_restored course_section_created"
     " course_section_deleted course_section_updated course_started course_updated"
     " course_user_report_viewed course_viewed courses_searched dashboard_reset"
     " dashboard_viewed dashboards_reset database_text_field_content_replaced"
     " draft_file_added draft_file_deleted email_failed enrol_instance_created"
     " enrol_instance_deleted enrol_instance_updated grade_deleted grade_item_created"
     " grade_item_deleted grade_item_updated grade_letter_created grade_letter_deleted"
     " grade_letter_updated group_created group_deleted group_member_added"
     " group_member_removed group_message_sent group_updated grouping_created"
     " grouping_deleted grouping_group_assigned grouping_group_unassigned grouping_updated"
     " insights_viewed message_contact_added message_contact_removed message_deleted"
     " message_sent message_user_blocked message_user_unblocked message_viewed"
     " mnet_access_control_created mnet_access_control_updated moodlenet_resource_exported"
     " mycourses_viewed note_created note_deleted note_updated notes_viewed"
     " notification_sent notification_viewed prediction_action_started"
     " qbank_plugin_disabled qbank_plugin_enabled question_category_created"
     " question_category_deleted question_category_moved question_category_updated"
     " question_category_viewed question_created question_deleted question_moved"
     " question_updated question_viewed questions_exported questions_imported"
     " recent_activity_viewed role_allow_assign_updated role_allow_override_updated"
     " role_allow_switch_updated role_allow_view_updated role_assigned"
     " role_capabilities_updated role_created role_deleted role_unassigned role_updated"
     " scale_created scale_deleted scale_updated search_indexed search_results_viewed"
     " section_viewed tag_added tag_collection_created tag_collection_deleted"
     " tag_collection_updated tag_created tag_deleted tag_flagged tag_removed"
     " tag_unflagged tag_updated url_blocked user_created user_deleted"
     " user_enrolment_created user_enrolment_deleted user_enrolment_updated user_graded"
     " user_info_category_created user_info_category_deleted user_info_category_updated"
     " user_info_field_created user_info_field_deleted user_info_field_updated"
     " user_list_viewed user_loggedin user_loggedinas user_loggedout user_login_failed"
     " user_password_policy_failed user_password_updated user_profile_viewed user_updated"
     " userfeedback_give userfeedback_remind virus_infected_data_detected"
     " virus_infected_file_detected webservice_function_called webservice_login_failed"
     " webservice_service_created webservice_service_deleted webservice_service_updated"
     " webservice_service_user_added webservice_service_user_removed"
     " webservice_token_created webservice_token_sent"},
    {"core_customfield",
     "category_created category_deleted category_updated field_created field_deleted"
     " field_updated"},
    {"core_h5p", "h5p_deleted h5p_viewed"},
    {"core_payment", "account_created account_deleted account_updated"},
    {"core_reportbuilder",
     "audience_created audience_deleted audience_updated report_created report_deleted"
     " report_updated report_viewed schedule_created schedule_deleted schedule_updated"},
    {"factor_email", "unauth_email"},
    {"factor_token", "token_created"},
    {"forumreport_summary", "report_downloaded report_viewed"},
    {"gradeexport_ods", "grade_exported"},
    {"gradeexport_txt", "grade_exported"},
    {"gradeexport_xls", "grade_exported"},
    {"gradeexport_xml", "grade_exported"},
    {"gradereport_grader", "grade_report_viewed"},
    {"gradereport_history", "grade_report_viewed"},
    {"gradereport_outcomes", "grade_report_viewed"},
    {"gradereport_overview", "grade_report_viewed"},
    {"gradereport_singleview", "grade_report_viewed"},
    {"gradereport_user", "grade_report_viewed"},
    {"local_integrationhub", "webhook_received"},
    {"mod_assign",
     "all_submissions_downloaded assessable_submitted batch_set_marker_allocation_viewed"
     " batch_set_workflow_state_viewed course_module_instance_list_viewed"
     " course_module_viewed extension_granted feedback_viewed grading_form_viewed"
     " grading_table_viewed group_override_created group_override_deleted"
     " group_override_updated identities_revealed marker_updated"
     " remove_submission_form_viewed reveal_identities_confirmation_page_viewed"
     " statement_accepted submission_confirmation_form_viewed submission_duplicated"
     " submission_form_viewed submission_graded submission_locked submission_removed"
     " submission_status_updated submission_status_viewed submission_unlocked"
     " submission_viewed user_override_created user_override_deleted user_override_updated"
     " workflow_state_updated"},
    {"mod_bigbluebuttonbn",
     "activity_management_viewed course_module_viewed live_session_event meeting_created"
     " meeting_ended meeting_joined meeting_left recording_deleted recording_edited"
     " recording_imported recording_protected recording_published recording_unprotected"
     " recording_unpublished recording_viewed"},
    {"mod_book",
     "chapter_created chapter_deleted chapter_updated chapter_viewed"
     " course_module_instance_list_viewed course_module_viewed"},
    {"mod_chat",
     "course_module_instance_list_viewed course_module_viewed message_sent sessions_viewed"},
    {"mod_choice",
     "answer_created answer_deleted answer_submitted answer_updated"
     " course_module_instance_list_viewed course_module_viewed report_downloaded"
     " report_viewed"},
    {"mod_data",
     "comment_created comment_deleted course_module_instance_list_viewed"
     " course_module_viewed field_created field_deleted field_updated record_created"
     " record_deleted record_updated template_updated template_viewed"},
    {"mod_feedback",
     "course_module_instance_list_viewed course_module_viewed response_deleted"
     " response_submitted"},
    {"mod_folder",
     "all_files_downloaded course_module_instance_list_viewed course_module_viewed"
     " folder_updated"},
    {"mod_forum",
     "assessable_uploaded course_module_instance_list_viewed course_module_viewed"
     " course_searched discussion_created discussion_deleted discussion_lock_updated"
     " discussion_moved discussion_pinned discussion_subscription_created"
     " discussion_subscription_deleted discussion_unpinned discussion_updated"
     " discussion_viewed post_created post_deleted post_updated readtracking_disabled"
     " readtracking_enabled subscribers_viewed subscription_created subscription_deleted"
     " subscription_mode_updated user_report_viewed"},
    {"mod_glossary",
     "category_created category_deleted category_updated comment_created comment_deleted"
     " course_module_instance_list_viewed course_module_viewed entry_approved"
     " entry_created entry_deleted entry_disapproved entry_updated entry_viewed"},
    {"mod_h5pactivity",
     "course_module_instance_list_viewed course_module_viewed report_viewed"
     " statement_received"},
    {"mod_imscp", "course_module_instance_list_viewed course_module_viewed"},
    {"mod_lesson",
     "content_page_viewed course_module_instance_list_viewed course_module_viewed"
     " essay_assessed essay_attempt_viewed group_override_created group_override_deleted"
     " group_override_updated highscore_added highscores_viewed lesson_ended"
     " lesson_restarted lesson_resumed lesson_started page_created page_deleted page_moved"
     " page_updated question_answered question_viewed user_override_created"
     " user_override_deleted user_override_updated"},
    {"mod_lti",
     "course_module_instance_list_viewed course_module_viewed unknown_service_api_called"},
    {"mod_page", "course_module_instance_list_viewed course_module_viewed"},
    {"mod_quiz",
     "attempt_abandoned attempt_autosaved attempt_becameoverdue attempt_deleted"
     " attempt_manual_grading_completed attempt_preview_started attempt_question_restarted"
     " attempt_regraded attempt_reopened attempt_reviewed attempt_started"
     " attempt_submitted attempt_summary_viewed attempt_updated attempt_viewed"
     " course_module_instance_list_viewed course_module_viewed edit_page_viewed"
     " group_override_created group_override_deleted group_override_updated"
     " page_break_created page_break_deleted question_manually_graded"
     " quiz_grade_item_created quiz_grade_item_deleted quiz_grade_item_updated"
     " quiz_grade_items_reordered quiz_grade_updated quiz_repaginated report_viewed"
     " section_break_created section_break_deleted section_shuffle_updated"
     " section_title_updated slot_created slot_deleted slot_displaynumber_updated"
     " slot_grade_item_updated slot_mark_updated slot_moved slot_requireprevious_updated"
     " slot_version_updated user_override_created user_override_deleted"
     " user_override_updated"},
    {"mod_resource", "course_module_instance_list_viewed course_module_viewed"},
    {"mod_scorm",
     "attempt_deleted course_module_instance_list_viewed course_module_viewed"
     " interactions_viewed report_viewed sco_launched scoreraw_submitted status_submitted"
     " tracks_viewed user_report_viewed"},
    {"mod_subsection", "course_module_instance_list_viewed course_module_viewed"},
    {"mod_survey",
     "course_module_instance_list_viewed course_module_viewed report_downloaded"
     " report_viewed response_submitted"},
    {"mod_url", "course_module_instance_list_viewed course_module_viewed"},
    {"mod_wiki",
     "comment_created comment_deleted comments_viewed course_module_instance_list_viewed"
     " course_module_viewed page_created page_deleted page_diff_viewed page_history_viewed"
     " page_locks_deleted page_map_viewed page_updated page_version_deleted"
     " page_version_restored page_version_viewed page_viewed"},
    {"mod_workshop",
     "assessable_uploaded assessment_evaluated assessment_evaluations_reset"
     " assessment_reevaluated assessments_reset course_module_instance_list_viewed"
     " course_module_viewed phase_automatically_switched phase_switched"
     " submission_assessed submission_created submission_deleted submission_reassessed"
     " submission_updated submission_viewed"},
    {"qbank_comment", "comment_created comment_deleted"},
    {"quizaccess_seb",
     "access_prevented template_created template_deleted template_disabled"
     " template_enabled template_updated"},
    {"report_completion", "report_viewed user_report_viewed"},
    {"report_log", "report_viewed user_report_viewed"},
    {"report_loglive", "report_viewed"},
    {"report_outline", "activity_report_viewed report_viewed"},
    {"report_participation", "report_viewed"},
    {"report_questioninstances", "report_viewed"},
    {"report_security", "report_viewed"},
    {"report_stats", "report_viewed user_report_viewed"},
    {"tool_admin_presets",
     "preset_deleted preset_downloaded preset_exported preset_imported preset_loaded"
     " preset_previewed preset_reverted presets_listed"},
    {"tool_brickfield", "analysis_requested report_downloaded report_viewed"},
    {"tool_capability", "report_viewed"},
    {"tool_langimport", "langpack_imported langpack_removed langpack_updated"},
    {"tool_mfa",
     "user_deleted_factor user_failed_mfa user_passed_mfa user_revoked_factor"
     " user_setup_factor"},
    {"tool_monitor",
     "rule_created rule_deleted rule_updated subscription_created"
     " subscription_criteria_met subscription_deleted"},
    {"tool_policy", "acceptance_created acceptance_updated"},
    {"tool_recyclebin",
     "category_bin_item_created category_bin_item_deleted category_bin_item_restored"
     " course_bin_item_created course_bin_item_deleted course_bin_item_restored"},
    {"tool_usertours", "step_shown tour_ended tour_reset tour_started"},
}};

}  // namespace

std::vector<std::string> moodle_events() {
  std::vector<std::string> names;
  for (const auto& [component, events] : kComponents) {
    std::string_view rest = events;
    while (!rest.empty()) {
      const auto end = std::min(rest.find(' '), rest.size());
      std::string name{'\\'};
      name += component;
      name += "\\event\\";
      name += rest.substr(0, end);
      names.push_back(std::move(name));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return names;
}

}  // namespace mih::engine
