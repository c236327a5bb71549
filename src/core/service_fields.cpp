#include <algorithm>
#include <array>

#include "core/choice.hpp"
#include "core/fields.hpp"
#include "core/text_faults.hpp"

namespace mih::core {
namespace {

constexpr std::array<std::string_view, 3> kTypes{"rest", "amqp", "soap"};
constexpr std::array<std::string_view, 7> kAuthTypes{"none",   "bearer", "apikey", "basic",
                                                     "oauth2", "mtls",   "wsse"};
constexpr std::array<std::string_view, 2> kCircuitModes{"consecutive", "rate"};
constexpr std::array<std::string_view, 3> kCloudEvents{"off", "binary", "structured"};
constexpr std::array<std::string_view, 2> kWsseModes{"text", "digest"};

constexpr double kText = 2000;
constexpr double kLongText = 100'000;

Field<Service> with(std::string (*fault)(std::string_view), Field<Service> field) {
  field.fault = fault;
  return field;
}
/// One whose text becomes part of a line: a header, a URL, a login.
Field<Service> line(Field<Service> field) {
  return with(fault_of_line, field);
}

}  // namespace

std::string_view name_of(ServiceType type) {
  return kTypes[static_cast<std::size_t>(type)];
}

bool is_service_name(std::string_view name) {
  const auto alphanumeric = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  };
  return !name.empty() && name.size() <= 255 && alphanumeric(name.front()) &&
         std::ranges::all_of(
             name, [&](char c) { return alphanumeric(c) || c == '.' || c == '_' || c == '-'; });
}

std::span<const Field<Service>> service_fields() {
  using S = Service;
  static const std::array kFields{
      Field<S>{"name", &S::name, "Unique name: letters, digits, dot, underscore, hyphen", 0, 255,
               true},
      Field<S>{"type", choice<&S::type, kTypes>(), "How the service is reached"},
      line(Field<S>{"base_url", &S::base_url, "Address; the rule's endpoint is appended", 0, kText,
                    true, false, true}),
      Field<S>{"auth_type", choice<&S::auth_type, kAuthTypes>(), "How to authenticate"},
      line(Field<S>{"auth_token", &S::auth_token, "Token, API key or password", 0, kLongText, false,
                    true}),
      Field<S>{"timeout", &S::timeout, "Seconds for a whole attempt", 0.1, 300},
      Field<S>{"max_retries", &S::max_retries, "Attempts after the first", 0, 100},
      Field<S>{"retry_backoff", &S::retry_backoff, "Seconds before the second attempt; doubles", 0,
               3600},
      Field<S>{"cb_failure_threshold", &S::cb_failure_threshold,
               "Consecutive failures that open the circuit; 0 = never", 0, 1000},
      Field<S>{"cb_cooldown", &S::cb_cooldown, "Seconds an open circuit waits before a probe", 1,
               86400},
      line(Field<S>{"response_queue", &S::response_queue, "AMQP queue with messages for Moodle", 0,
                    255}),
      Field<S>{"enabled", &S::enabled, "Disabled: deliveries are made and wait"},
      Field<S>{"retry_jitter", &S::retry_jitter, "Random share of each wait", 0, 1},
      Field<S>{"max_age", &S::max_age, "Seconds after which a delivery expires; 0 = never", 0,
               3650 * 86400.0},
      Field<S>{"max_concurrency", &S::max_concurrency, "Requests in flight", 1, 1024},
      Field<S>{"rate_limit", &S::rate_limit, "Attempts per second; 0 = no limit", 0, 1'000'000},
      Field<S>{"max_backlog", &S::max_backlog, "Waiting deliveries; more become dead letters", 1,
               1e12},
      Field<S>{"cb_mode", choice<&S::cb_mode, kCircuitModes>(),
               "Open on consecutive failures or on their share"},
      Field<S>{"cb_rate", &S::cb_rate, "Share of failures that opens the circuit", 0, 1},
      Field<S>{"cb_window", &S::cb_window, "Seconds over which the share is taken", 1, 86400},
      Field<S>{"cb_min_calls", &S::cb_min_calls, "Calls needed in the window", 1, 1'000'000},
      Field<S>{"cb_slow_ms", &S::cb_slow_ms, "Slower calls count as failures; 0 = off", 0, 300'000},
      Field<S>{"retry_on", &S::retry_on, "Outcomes to retry, such as 5xx, 409", 0, 100},
      Field<S>{"reject_on", &S::reject_on, "Outcomes to give up at once", 0, 100},
      Field<S>{"follow_redirects", &S::follow_redirects, "Follow redirects on the same host"},
      Field<S>{"headers", &S::headers, "Headers for every request", 0, 100},
      with(fault_of_credential_header,
           Field<S>{"apikey_header", &S::apikey_header, "Header that carries the API key", 0, 255}),
      with(fault_of_basic_user,
           Field<S>{"basic_user", &S::basic_user, "User name for basic authentication", 0, kText}),
      with(fault_of_token_url,
           Field<S>{"oauth2_token_url", &S::oauth2_token_url, "Token endpoint", 0, kText}),
      line(Field<S>{"oauth2_client_id", &S::oauth2_client_id, "Client id", 0, kText}),
      line(Field<S>{"oauth2_scope", &S::oauth2_scope, "Scope to ask for", 0, kText}),
      Field<S>{"client_cert", &S::client_cert, "Client certificate (PEM)", 0, kLongText},
      Field<S>{"client_key", &S::client_key, "Client key (PEM)", 0, kLongText, false, true},
      line(Field<S>{"ca_file", &S::ca_file, "Extra CA certificates for this service", 0, kText}),
      line(Field<S>{"signing_secret", &S::signing_secret, "Standard Webhooks secret (whsec_...)", 0,
                    kText, false, true}),
      line(Field<S>{"signing_secret_old", &S::signing_secret_old, "Second secret during rotation",
                    0, kText, false, true}),
      Field<S>{"inbound_enabled", &S::inbound_enabled, "Accept messages from this service"},
      line(Field<S>{"inbound_secret", &S::inbound_secret, "Secret of inbound messages", 0, kText,
                    false, true}),
      line(Field<S>{"inbound_site", &S::inbound_site, "Site that gets inbound messages", 0, 255}),
      with(fault_of_proxy,
           Field<S>{"proxy", &S::proxy, "Outgoing proxy URL", 0, kText, false, false, true}),
      Field<S>{"cloudevents", choice<&S::cloudevents, kCloudEvents>(), "CloudEvents output"},
      Field<S>{"soap_headers", &S::soap_headers, "Extra SOAP headers (template)", 0, kLongText},
      line(Field<S>{"wsse_user", &S::wsse_user, "WS-Security user name", 0, kText}),
      Field<S>{"wsse_mode", choice<&S::wsse_mode, kWsseModes>(), "WS-Security password type"},
  };
  return kFields;
}

}  // namespace mih::core
