#include <algorithm>
#include <array>

#include "core/choice.hpp"
#include "core/fields.hpp"

namespace mih::core {
namespace {

constexpr std::array<std::string_view, 5> kMethods{"POST", "GET", "PUT", "PATCH", "DELETE"};
constexpr std::array<std::string_view, 4> kContentTypes{"json", "form", "xml", "text"};

constexpr double kTemplate = 256 * 1024;

}  // namespace

std::string_view name_of(HttpMethod method) {
  return kMethods[static_cast<std::size_t>(method)];
}
std::string_view name_of(ContentType type) {
  return kContentTypes[static_cast<std::size_t>(type)];
}

std::optional<HttpMethod> http_method_from(std::string_view name) {
  const auto found = std::ranges::find(kMethods, name);
  if (found == kMethods.end()) return std::nullopt;
  return static_cast<HttpMethod>(found - kMethods.begin());
}

std::span<const Field<Rule>> rule_fields() {
  using R = Rule;
  static const std::array kFields{
      Field<R>{"name", &R::name, "Name for people", 0, 255},
      Field<R>{"eventname", &R::eventname, "Event class, or a pattern with *", 0, 255, true},
      Field<R>{"filter", &R::filter, "Further conditions on the event"},
      Field<R>{"service", &R::service_name, "Name of the service", 0, 255, true},
      Field<R>{"endpoint", &R::endpoint, "Path, routing key or operation (template)", 0, kTemplate},
      Field<R>{"http_method", choice<&R::http_method, kMethods>(),
               "Method; ignored for AMQP, SOAP"},
      Field<R>{"headers", &R::headers, "Headers (templates)", 0, 100},
      Field<R>{"content_type", choice<&R::content_type, kContentTypes>(), "Form of the payload"},
      Field<R>{"payload_template", &R::payload_template, "Payload with {{placeholders}}", 0,
               kTemplate},
      Field<R>{"ordering_key", &R::ordering_key, "Deliveries with the same key go in order", 0,
               kTemplate},
      Field<R>{"dedupe_window", &R::dedupe_window, "Seconds in which repeats are dropped; 0 = off",
               0, 30 * 86400.0},
      Field<R>{"dedupe_key", &R::dedupe_key, "What makes two events the same (template)", 0,
               kTemplate},
      Field<R>{"include_anonymous", &R::include_anonymous, "Show who acted in anonymous events"},
      Field<R>{"enabled", &R::enabled, "Disabled rules make no deliveries"},
  };
  return kFields;
}

}  // namespace mih::core
