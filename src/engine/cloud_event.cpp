#include "engine/cloud_event.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

#include "engine/date_format.hpp"

namespace mih::engine {
namespace {

using json::Value;

std::unexpected<Rejection> invalid(std::string error) {
  return std::unexpected(Rejection{"validation_failed", std::move(error)});
}

/// Lower-case ASCII letters and digits (CloudEvents 1.0, naming conventions).
bool is_attribute_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  });
}

bool is_data(std::string_view name) {
  return name == "data" || name == "data_base64";
}

std::optional<Rejection> check_attributes(const Value& posted) {
  for (const auto* name : {"specversion", "id", "source", "type"}) {
    const auto attribute = posted.find(name);
    if (!attribute || !attribute->is_string() || attribute->raw_string().empty()) {
      return Rejection{
          "validation_failed",
          fmt::format("the CloudEvents attribute {} must be a text that is not empty", name)};
    }
  }
  if (!posted.find("specversion")->string_equals("1.0")) {
    return Rejection{"validation_failed", "specversion must be \"1.0\""};
  }
  std::optional<Rejection> rejection;
  posted.each_member([&](const Value& key, const Value& value) {
    const auto name = key.as_string();
    if (is_data(name)) return;
    if (!is_attribute_name(name)) {
      rejection = Rejection{
          "validation_failed",
          fmt::format("'{}' is no name of a CloudEvents attribute: those have lower-case letters "
                      "and digits only; what belongs to the event goes into data",
                      name)};
    } else if (value.is_array() || value.is_object()) {
      rejection = Rejection{
          "validation_failed",
          fmt::format("the CloudEvents attribute {} must be a text, an integer or a boolean",
                      name)};
    }
  });
  return rejection;
}

/// `a.b.c` as `\a\b\c`
std::string name_of_type(const Value& type) {
  auto name = type.as_string();
  std::ranges::replace(name, '.', '\\');
  if (!name.starts_with('\\')) name.insert(name.begin(), '\\');
  return name;
}

/// What the attributes say, as members that come after those of the data and so replace them.
std::expected<std::string, Rejection> members_of_attributes(const Value& posted, bool has_name) {
  json::Writer out;
  out.begin_object();
  out.key("ce");
  out.begin_object();
  posted.each_member([&](const Value& key, const Value& value) {
    const auto name = key.as_string();
    if (is_data(name)) return;
    out.key(name);
    out.raw(value.raw());
  });
  out.end_object();
  out.key("id");
  out.raw(posted.find("id")->raw());
  if (!has_name) out.member("eventname", name_of_type(*posted.find("type")));
  if (const auto time = posted.find("time"); time && !time->is_null()) {
    const auto seconds = time->is_string() ? parse_rfc3339(time->as_string()) : std::nullopt;
    if (!seconds) {
      return invalid(
          "the CloudEvents attribute time must be an RFC 3339 timestamp, for instance "
          "2018-04-05T17:31:00Z");
    }
    out.member("timecreated", *seconds);
  }
  out.end_object();
  return out.take();
}

/// The members of one object text, without its braces.
std::string_view inside(std::string_view object) {
  return object.substr(1, object.size() - 2);
}

}  // namespace

std::expected<std::string, Rejection> event_of_cloud_event(const Value& posted) {
  if (!posted.is_object()) return invalid("a CloudEvent must be a JSON object");
  if (auto rejection = check_attributes(posted)) return std::unexpected(std::move(*rejection));
  const auto data = posted.find("data");
  const auto packed = posted.find("data_base64");
  if (data && packed) return invalid("a CloudEvent has data or data_base64, not both");
  const bool is_event = data && data->is_object();
  auto attributes = members_of_attributes(posted, is_event && data->find("eventname"));
  if (!attributes) return std::unexpected(std::move(attributes.error()));

  std::string event{"{"};
  if (is_event) {
    event += inside(data->raw());
    if (!data->empty()) event += ',';
  } else if (data) {
    event += "\"data\":";
    event += data->raw();
    event += ',';
  } else if (packed) {
    event += "\"data_base64\":";
    event += packed->raw();
    event += ',';
  }
  event += inside(*attributes);
  event += '}';
  return event;
}

}  // namespace mih::engine
