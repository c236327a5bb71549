#include <optional>
#include <variant>

#include "api/handlers.hpp"
#include "base/json.hpp"
#include "core/service_descriptor.hpp"

namespace mih::api {
namespace {

using Field = core::Field<core::Service>;

/// What a value of the field looks like, for a form.
std::string_view kind_of(const Field& field) {
  struct Name {
    std::string_view operator()(std::string core::Service::*) const { return "text"; }
    std::string_view operator()(bool core::Service::*) const { return "flag"; }
    std::string_view operator()(std::int64_t core::Service::*) const { return "integer"; }
    std::string_view operator()(double core::Service::*) const { return "number"; }
    std::string_view operator()(std::chrono::milliseconds core::Service::*) const {
      return "seconds";
    }
    std::string_view operator()(std::vector<std::string> core::Service::*) const { return "list"; }
    std::string_view operator()(core::Headers core::Service::*) const { return "headers"; }
    std::string_view operator()(core::JsonText core::Service::*) const { return "json"; }
    std::string_view operator()(const core::Choice<core::Service>&) const { return "choice"; }
  };
  return std::visit(Name{}, field.access);
}

void write_bounds(json::Writer& out, const Field& field, std::string_view kind) {
  if (kind == "integer" || kind == "number" || kind == "seconds") {
    out.member("minimum", field.min);
    out.member("maximum", field.max);
  } else if (kind == "text") {
    out.member("max_length", field.max);
  } else if (kind == "list" || kind == "headers") {
    out.member("max_items", field.max);
  }
}

void write_field(json::Writer& out, const core::ServiceField& item, const json::Value& defaults) {
  const Field& field = *item.field;
  const auto kind = kind_of(field);
  out.begin_object();
  out.member("name", field.name);
  out.member("kind", kind);
  out.member("required", field.required);
  out.member("secret", field.secret);
  out.key("default");
  out.raw(defaults.find(field.name)->raw());
  write_bounds(out, field, kind);
  if (!item.choices.empty()) {
    out.key("choices");
    out.begin_array();
    for (const auto& choice : item.choices)
      out.value(choice);
    out.end_array();
  }
  out.key("help");
  out.begin_object();
  out.member("en", field.help);
  out.member("es", item.help_es);
  out.end_object();
  out.end_object();
}

void write_type(json::Writer& out, core::ServiceType type) {
  json::Writer service;
  service.begin_object();
  core::write_fields(service, core::service_fields(), core::default_service(type));
  service.end_object();
  const auto text = service.take();
  json::Document defaults;
  if (!defaults.parse(text)) return;
  out.begin_object();
  out.member("type", core::name_of(type));
  out.key("fields");
  out.begin_array();
  for (const auto& field : core::fields_of(type))
    write_field(out, field, defaults.root());
  out.end_array();
  out.end_object();
}

}  // namespace

HandlerTask list_transports(Call&) {
  json::Writer out;
  out.begin_object();
  out.key("items");
  out.begin_array();
  for (const auto type : core::kServiceTypes)
    write_type(out, type);
  out.end_array();
  out.end_object();
  co_return Response::json(out.take());
}

}  // namespace mih::api
