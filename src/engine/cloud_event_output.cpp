#include "engine/cloud_event_output.hpp"

#include <algorithm>
#include <utility>

#include "base/base64.hpp"
#include "base/header.hpp"
#include "base/json.hpp"
#include "engine/date_format.hpp"
#include "engine/request_parts.hpp"

namespace mih::engine {
namespace {

constexpr std::string_view kContentType = "Content-Type";
constexpr std::string_view kVersion = "1.0";

/// `\core\event\user_created` as `core.event.user_created`.
std::string type_of(std::string_view event_name) {
  if (event_name.starts_with('\\')) event_name.remove_prefix(1);
  std::string type(event_name);
  std::ranges::replace(type, '\\', '.');
  return type;
}

std::string_view prefix_of(core::ServiceType binding) {
  return binding == core::ServiceType::kAmqp ? "cloudEvents_" : "ce-";
}

std::string content_type_of(const core::Request& request) {
  for (const auto& [name, value] : request.headers) {
    if (equal_ignoring_case(name, kContentType)) return value;
  }
  return "application/json";
}

void write_data(json::Writer& out, const core::Request& request, const std::string& type) {
  json::Document document;
  if (type.starts_with("application/json") && document.parse(request.body)) {
    out.key("data");
    out.raw(request.body);
  } else if (json::is_utf8(request.body)) {
    out.member("data", request.body);
  } else {
    out.member("data_base64", to_base64(request.body));
  }
}

}  // namespace

void make_cloud_event(core::Request& request, const CloudEventAttributes& attributes,
                      core::CloudEvents mode) {
  if (mode == core::CloudEvents::kOff) return;
  const auto source = "/moodle/" + std::string(attributes.site);
  const auto type = type_of(attributes.event_name);
  const auto time = attributes.time_s ? format_date(*attributes.time_s, "%FT%TZ", kUtc)
                                      : std::optional<std::string>{};
  if (mode == core::CloudEvents::kBinary) {
    const auto set = [&](std::string_view name, std::string_view value) {
      set_header(request.headers, std::string{prefix_of(attributes.binding)}.append(name), value);
    };
    set("specversion", kVersion);
    set("id", attributes.id);
    set("source", source);
    set("type", type);
    if (time) set("time", *time);
    return;
  }
  const auto content_type = content_type_of(request);
  json::Writer out;
  out.begin_object();
  out.member("specversion", kVersion);
  out.member("id", attributes.id);
  out.member("source", source);
  out.member("type", type);
  if (time) out.member("time", *time);
  out.member("datacontenttype", content_type);
  write_data(out, request, content_type);
  out.end_object();
  request.body = out.take();
  set_header(request.headers, kContentType, "application/cloudevents+json");
}

}  // namespace mih::engine
