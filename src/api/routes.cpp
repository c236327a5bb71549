#include "api/handlers.hpp"
#include "api/route.hpp"

namespace mih::api {

std::span<const Route> routes() {
  using enum Method;
  using enum core::Role;
  using enum Reach;
  static constexpr Route kRoutes[] = {
      {kPost, "/api/v1/events", kIngest, post_events},
      {kGet, "/api/v1/events", kView, list_events},
      {kGet, "/api/v1/events/{id}", kView, get_event},
      {kGet, "/api/v1/event-names", kView, list_event_names},
      {kGet, "/api/v1/event-names/{name}/fields", kView, list_event_fields},

      {kGet, "/api/v1/services", kView, list_services},
      {kPost, "/api/v1/services", kManage, create_service},
      {kGet, "/api/v1/services/{name}", kView, get_service},
      {kPut, "/api/v1/services/{name}", kManage, replace_service},
      {kPatch, "/api/v1/services/{name}", kManage, patch_service},
      {kDelete, "/api/v1/services/{name}", kManage, delete_service},
      {kPost, "/api/v1/services/{name}/circuit/reset", kManage, reset_circuit},
      {kPost, "/api/v1/services/{name}/pause", kManage, pause_service},
      {kPost, "/api/v1/services/{name}/resume", kManage, resume_service},
      {kPost, "/api/v1/services/{name}/test", kManage, test_service},
      {kGet, "/api/v1/services/{name}/operations", kManage, list_operations},
      {kPost, "/api/v1/services/{name}/request", kIngest, request_service},
      {kPost, "/api/v1/services/{name}/enqueue", kIngest, enqueue_call},
      {kPost, "/api/v1/circuits/reset", kManage, reset_all_circuits},
      {kGet, "/api/v1/transports", kView, list_transports},

      {kGet, "/api/v1/rules", kView, list_rules},
      {kPost, "/api/v1/rules", kManage, create_rule},
      {kPost, "/api/v1/rules/preview", kView, preview_rule},  // a rule in the body: manage
      {kPost, "/api/v1/rules/dry-run", kView, dry_run_rule},  // likewise
      {kGet, "/api/v1/rules/{id}", kView, get_rule},
      {kPut, "/api/v1/rules/{id}", kManage, replace_rule},
      {kPatch, "/api/v1/rules/{id}", kManage, patch_rule},
      {kDelete, "/api/v1/rules/{id}", kManage, delete_rule},

      {kGet, "/api/v1/deliveries", kView, list_deliveries},
      {kGet, "/api/v1/deliveries/{id}", kView, get_delivery},
      {kPost, "/api/v1/deliveries/{id}/retry-now", kManage, retry_delivery},
      {kPost, "/api/v1/deliveries/{id}/cancel", kManage, cancel_delivery},

      {kGet, "/api/v1/dead-letters", kView, list_dead_letters},
      {kPost, "/api/v1/dead-letters/replay", kManage, replay_dead_letters},
      {kPost, "/api/v1/dead-letters/delete", kManage, delete_dead_letters},
      {kGet, "/api/v1/dead-letters/{id}", kView, get_dead_letter},
      {kGet, "/api/v1/jobs/{id}", kView, get_job},

      {kGet, "/api/v1/log", kView, list_log},
      {kPost, "/api/v1/log/clear", kManage, clear_log},
      {kGet, "/api/v1/stats/summary", kView, get_summary},
      {kGet, "/api/v1/stats/series", kView, get_series},
      {kGet, "/api/v1/stream", kView, get_stream, kNotSignedOn},  // they come for one request only
      {kGet, "/api/v1/settings", kView, get_settings},
      {kPatch, "/api/v1/settings", kManage, patch_settings},

      {kGet, "/api/v1/sites", kView, list_sites, kNotSignedOn},
      {kPost, "/api/v1/sites", kManage, create_site, kNotSignedOn},
      {kPatch, "/api/v1/sites/{id}", kManage, patch_site, kNotSignedOn},
      {kDelete, "/api/v1/sites/{id}", kManage, delete_site, kNotSignedOn},
      {kPost, "/api/v1/sites/{id}/code", kManage, create_site_code, kNotSignedOn},
      {kPost, "/api/v1/connector/connect", kNone, connect_site},  // a one-time code
      {kGet, "/api/v1/connector/subscriptions", kIngest, get_subscriptions},
      {kPut, "/api/v1/connector/catalogue", kIngest, put_catalogue},
      {kPost, "/api/v1/connector/import", kIngest, import_original},  // and more: see there
      {kPost, "/api/v1/privacy/export", kIngest, export_personal_data},
      {kPost, "/api/v1/privacy/erase", kIngest, erase_personal_data},

      {kGet, "/api/v1/tokens", kManage, list_tokens, kLocalLogin},
      {kPost, "/api/v1/tokens", kManage, create_token, kLocalLogin},
      {kDelete, "/api/v1/tokens/{id}", kManage, delete_token, kLocalLogin},

      {kPost, "/api/v1/session", kNone, create_session},  // a password
      {kDelete, "/api/v1/session", kView, delete_session, kLocalLogin},
      {kPut, "/api/v1/session/password", kView, replace_own_password, kLocalLogin},
      {kGet, "/api/v1/users", kManage, list_users, kLocalLogin},
      {kPost, "/api/v1/users", kManage, create_user, kLocalLogin},
      {kPatch, "/api/v1/users/{id}", kManage, patch_user, kLocalLogin},
      {kDelete, "/api/v1/users/{id}", kManage, delete_user, kLocalLogin},
      {kDelete, "/api/v1/users/{id}/sessions", kManage, delete_user_sessions, kLocalLogin},
      {kGet, "/api/v1/audit", kManage, list_audit, kLocalLogin},

      {kGet, "/api/v1/secrets", kManage, list_secrets},
      {kGet, "/api/v1/secrets/{name}", kManage, get_secret},
      {kPut, "/api/v1/secrets/{name}", kManage, put_secret},
      {kDelete, "/api/v1/secrets/{name}", kManage, delete_secret},
      {kPost, "/api/v1/key/rotate", kManage, rotate_key, kAdminSocket},

      {kPost, "/inbound/{service}", kNone, post_inbound, kAnywhere, kMaxInboundBody},

      {kGet, "/api/v1/openapi.json", kNone, get_openapi},
      {kGet, "/", kNone, get_dashboard},
      {kGet, "/assets/{name}", kNone, get_asset},
      {kGet, "/healthz", kNone, get_health},
      {kGet, "/readyz", kNone, get_readiness},
      {kGet, "/metrics", kNone, get_metrics, kLocal},
  };
  return kRoutes;
}

}  // namespace mih::api
