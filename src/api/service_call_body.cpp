#include "api/service_call_body.hpp"

#include <algorithm>
#include <cctype>

#include "base/header.hpp"

namespace mih::api {
namespace {

constexpr std::string_view kMethods = "must be one of: GET, POST, PUT, PATCH, DELETE";

/// Takes header names and values, each a text, from an object.
void read_headers(ObjectReader& reader, core::Headers& headers) {
  const auto object = reader.object("headers");
  if (!object) return;
  object->each_member([&](const json::Value& name, const json::Value& value) {
    const auto text = value.is_string() ? value.as_string() : std::string{"\n"};
    if (!is_header_name(name.as_string())) {
      reader.fault("headers", "must have names of letters, digits and hyphens");
    } else if (equal_ignoring_case(name.as_string(), "Host")) {
      // Several hosts may share an address: the service's credentials are for its own one.
      reader.fault("headers", "must not name a Host: it is that of the service's base_url");
    } else if (text.find_first_of("\r\n") != std::string::npos) {
      reader.fault("headers", "must be an object of names and texts without line breaks");
    } else {
      headers.emplace_back(name.as_string(), text);
    }
  });
}

}  // namespace

core::ServiceCall read_service_call(ObjectReader& reader, core::HttpMethod otherwise) {
  core::ServiceCall call;
  call.endpoint = reader.text("endpoint").value_or("/");
  call.http_method = otherwise;
  auto method = reader.text("method").value_or("");
  std::ranges::transform(method, method.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (!method.empty()) {
    const auto known = core::http_method_from(method);
    if (known) {
      call.http_method = *known;
    } else {
      reader.fault("method", std::string{kMethods});
    }
  }
  if (const auto payload = reader.value("payload")) call.payload.text = payload->raw();
  read_headers(reader, call.headers);
  return call;
}

}  // namespace mih::api
