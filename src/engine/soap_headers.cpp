#include "engine/soap_headers.hpp"

namespace mih::engine {
namespace {

Result<Template> compile(std::string_view source) {
  const std::size_t begin = source.find_first_not_of(" \t\r\n");
  const bool object = begin != std::string_view::npos && source[begin] == '{' &&
                      !source.substr(begin).starts_with("{{");
  return Template::compile(source, object ? Shape::kJson : Shape::kXml, "soap_headers");
}

}  // namespace

Result<void> check_soap_headers(std::string_view source) {
  auto compiled = compile(source);
  if (!compiled) return fail(compiled);
  return {};
}

Result<void> add_soap_headers(core::Request& request, const Scope& scope) {
  const core::Service& service = *request.service;
  if (service.type != core::ServiceType::kSoap || service.soap_headers.empty()) return {};
  auto compiled = compile(service.soap_headers);
  if (!compiled) return fail(compiled);
  request.soap_headers.clear();
  return compiled->render(scope, request.soap_headers);
}

Result<void> add_soap_headers(core::Request& request, WallTime now, int attempt) {
  json::Document none;
  if (!none.parse("{}")) return {};
  const json::Value event = none.root();
  return add_soap_headers(request, Scope{.event = &event,
                                         .service_name = request.service->name,
                                         .delivery_id = request.delivery_id,
                                         .attempt = attempt,
                                         .now_s = to_unix_s(now)});
}

}  // namespace mih::engine
