#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "core/ids.hpp"
#include "core/service.hpp"

namespace mih::core {

enum class HttpMethod : std::uint8_t { kPost, kGet, kPut, kPatch, kDelete };
enum class ContentType : std::uint8_t { kJson, kForm, kXml, kText };

std::string_view name_of(HttpMethod method);
std::string_view name_of(ContentType type);
/// The method of that name, in upper case.
std::optional<HttpMethod> http_method_from(std::string_view name);

/// A JSON value kept as its text; "" = none.
struct JsonText {
  std::string text;
};

/// Maps matching events to a service. The fields are described once, in rule_fields().
struct Rule {
  RuleId id;
  std::string name;
  std::string eventname;  ///< pattern: exact, or with * for any run of characters
  JsonText filter;        ///< a JSON object
  ServiceId service;
  std::string service_name;  ///< kept when the service is deleted
  std::string endpoint;      ///< template
  HttpMethod http_method = HttpMethod::kPost;
  Headers headers;  ///< values are templates
  ContentType content_type = ContentType::kJson;
  std::string payload_template;  ///< "" = the stored event as it is
  std::string ordering_key;      ///< template or constant; "" = no order
  std::chrono::milliseconds dedupe_window{};
  std::string dedupe_key;
  bool include_anonymous = false;
  bool enabled = true;

  WallTime created{};
  WallTime modified{};
};

}  // namespace mih::core
