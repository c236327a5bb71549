#pragma once

#include "api/call.hpp"

/// The handlers of all routes; routes.cpp says which route is whose. Each group has its own file.
namespace mih::api {

using HandlerTask = async::Task<Result<Response>>;

// events_routes.cpp
HandlerTask post_events(Call& call);
HandlerTask list_events(Call& call);
HandlerTask get_event(Call& call);

// services_routes.cpp
HandlerTask list_services(Call& call);
HandlerTask create_service(Call& call);
HandlerTask get_service(Call& call);
HandlerTask replace_service(Call& call);
HandlerTask patch_service(Call& call);
HandlerTask delete_service(Call& call);

// service_actions_routes.cpp
HandlerTask reset_circuit(Call& call);
HandlerTask reset_all_circuits(Call& call);
HandlerTask pause_service(Call& call);
HandlerTask resume_service(Call& call);
HandlerTask test_service(Call& call);
HandlerTask list_operations(Call& call);

// gateway_routes.cpp
HandlerTask request_service(Call& call);
HandlerTask enqueue_call(Call& call);

// rules_routes.cpp
HandlerTask list_rules(Call& call);
HandlerTask create_rule(Call& call);
HandlerTask get_rule(Call& call);
HandlerTask replace_rule(Call& call);
HandlerTask patch_rule(Call& call);
HandlerTask delete_rule(Call& call);

// preview_routes.cpp
HandlerTask preview_rule(Call& call);
HandlerTask dry_run_rule(Call& call);
HandlerTask list_event_names(Call& call);
HandlerTask list_event_fields(Call& call);

// deliveries_routes.cpp
HandlerTask list_deliveries(Call& call);
HandlerTask get_delivery(Call& call);
HandlerTask retry_delivery(Call& call);
HandlerTask cancel_delivery(Call& call);

// dead_letters_routes.cpp
HandlerTask list_dead_letters(Call& call);
HandlerTask get_dead_letter(Call& call);
HandlerTask replay_dead_letters(Call& call);
HandlerTask delete_dead_letters(Call& call);
HandlerTask get_job(Call& call);

// log_routes.cpp
HandlerTask list_log(Call& call);
HandlerTask clear_log(Call& call);

// settings_routes.cpp
HandlerTask get_settings(Call& call);
HandlerTask patch_settings(Call& call);

// tokens_routes.cpp
HandlerTask list_tokens(Call& call);
HandlerTask create_token(Call& call);
HandlerTask delete_token(Call& call);

// session_routes.cpp
HandlerTask create_session(Call& call);
HandlerTask delete_session(Call& call);
HandlerTask replace_own_password(Call& call);

// users_routes.cpp
HandlerTask list_users(Call& call);
HandlerTask create_user(Call& call);
HandlerTask patch_user(Call& call);
HandlerTask delete_user(Call& call);
HandlerTask delete_user_sessions(Call& call);

// secrets_routes.cpp
HandlerTask list_secrets(Call& call);
HandlerTask get_secret(Call& call);
HandlerTask put_secret(Call& call);
HandlerTask delete_secret(Call& call);
HandlerTask rotate_key(Call& call);

// audit_routes.cpp
HandlerTask list_audit(Call& call);

// series_routes.cpp
HandlerTask get_series(Call& call);

// sites_routes.cpp
HandlerTask list_sites(Call& call);
HandlerTask create_site(Call& call);
HandlerTask patch_site(Call& call);
HandlerTask delete_site(Call& call);
HandlerTask create_site_code(Call& call);

// connector_routes.cpp
HandlerTask connect_site(Call& call);
HandlerTask get_subscriptions(Call& call);
HandlerTask put_catalogue(Call& call);

// privacy_routes.cpp
HandlerTask export_personal_data(Call& call);
HandlerTask erase_personal_data(Call& call);

// import_routes.cpp
HandlerTask import_original(Call& call);

// inbound_routes.cpp
inline constexpr std::size_t kMaxInboundBody = 1U << 20U;
HandlerTask post_inbound(Call& call);

// transports_routes.cpp
HandlerTask list_transports(Call& call);

// dashboard_routes.cpp
HandlerTask get_dashboard(Call& call);
HandlerTask get_asset(Call& call);

// status_routes.cpp
HandlerTask get_summary(Call& call);
HandlerTask get_stream(Call& call);
HandlerTask get_health(Call& call);
HandlerTask get_readiness(Call& call);
HandlerTask get_metrics(Call& call);
HandlerTask get_openapi(Call& call);
/// The body of get_summary().
async::Task<Result<std::string>> summary_text(Call& call);

}  // namespace mih::api
