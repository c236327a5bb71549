#include "transport/soap/request_writer.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "base/json.hpp"
#include "transport/soap/element_writer.hpp"
#include "transport/soap/names.hpp"

namespace mih::transport::soap {
namespace {

/// A template is at most 64 levels deep, and so is an event in it.
constexpr json::Limits kPayloadLimits{.max_depth = 2 * 64};

std::unexpected<Error> refused(std::string why) {
  return fail(ErrorCode::kTemplateInvalid, std::move(why));
}

class EnvelopeWriter {
 public:
  EnvelopeWriter(const Wsdl& wsdl, const Operation& operation)
      : wsdl_(wsdl),
        operation_(operation),
        is_12_(operation.version == SoapVersion::k12),
        encoding_(is_12_ ? ns::kEncoding12 : ns::kEncoding11),
        prefixes_(is_12_ ? ns::kEnvelope12 : ns::kEnvelope11) {}

  Result<std::string> write(const json::Value& arguments, const Message& message) {
    std::string headers{message.security};
    if (auto written = write_headers(message.headers, headers); !written) return fail(written);
    std::string body;
    if (auto written = write_body(arguments, body); !written) return fail(written);
    std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<soap:Envelope";
    xml += prefixes_.declarations();
    xml += ">";
    if (!headers.empty()) xml.append("<soap:Header>").append(headers).append("</soap:Header>");
    xml.append("<soap:Body>").append(body).append("</soap:Body></soap:Envelope>");
    return xml;
  }

 private:
  Result<void> write_body(json::Value arguments, std::string& out) {
    const Body& body = operation_.input;
    if (!body.element) {
      const bool empty = (arguments.is_object() || arguments.is_array()) && arguments.empty();
      if (empty) return {};
      return refused("the payload has arguments, but the operation takes none");
    }
    const ElementDecl& element = body.element->target();
    const std::string& name = element.name.name;
    const Type& type = *element.type;
    std::string attributes;
    if (body.is_encoded) {
      attributes = fmt::format(" soap:encodingStyle=\"{}\"", encoding_);
    }
    ElementWriter writer{wsdl_.schema(), prefixes_, out, body.is_encoded, encoding_};
    if (!body.is_written) return writer.write_content(type, arguments, {});
    if (operation_.style == Style::kRpc) return write_call(writer, out, arguments, attributes);
    const bool wrapped_again =
        arguments.is_object() && arguments.size() == 1 && arguments.find(name) && !type.field(name);
    if (wrapped_again) return writer.write(element, *arguments.find(name), {}, attributes);
    if (type.is_simple()) {
      return refused(fmt::format("argument {}: is required and missing; it is the only one", name));
    }
    return writer.write(element, arguments, {}, attributes);
  }

  /// The element of an rpc call has a name but no type.
  Result<void> write_call(ElementWriter& writer, std::string& out, const json::Value& arguments,
                          const std::string& attributes) {
    const ElementDecl& element = *operation_.input.element;
    const std::string tag = prefixes_(element.name);
    out.append("<").append(tag).append(attributes).append(">");
    if (auto written = writer.write_content(*element.type, arguments, {}); !written) {
      return written;
    }
    out.append("</").append(tag).append(">");
    return {};
  }

  Result<void> write_headers(std::string_view blocks, std::string& out) {
    blocks = trimmed(blocks);
    if (blocks.empty()) return {};
    if (blocks.starts_with('{')) return write_json_headers(blocks, out);
    const auto parsed = XmlDocument::parse(fmt::format(
        "<h xmlns:soap=\"{}\">{}</h>", is_12_ ? ns::kEnvelope12 : ns::kEnvelope11, blocks));
    if (!parsed) return refused("soap_headers: " + parsed.error().detail);
    if (!trimmed(parsed->root().text).empty()) {
      return refused("soap_headers: there is text between the header blocks");
    }
    out += blocks;
    return {};
  }

  Result<void> write_json_headers(std::string_view blocks, std::string& out) {
    json::Document document;
    if (!document.parse(blocks, kPayloadLimits) || !document.root().is_object()) {
      return refused("soap_headers: it is neither XML nor a JSON object");
    }
    std::optional<Error> error;
    document.root().each_member([&](const json::Value& key, const json::Value& value) {
      if (error) return;
      const std::string name = key.as_string();
      const ElementDecl* element = header_element(name);
      if (!element) {
        error = Error{ErrorCode::kTemplateInvalid,
                      fmt::format("soap_headers: the WSDL has no element \"{}\"; write the header "
                                  "block as XML",
                                  name),
                      {}};
        return;
      }
      ElementWriter writer{wsdl_.schema(), prefixes_, out, false, encoding_};
      auto written = writer.write(*element, value, name);
      if (written) return;
      error = std::move(written.error());
      error->detail = "soap_headers: " + error->detail;
    });
    if (error) return std::unexpected(std::move(*error));
    return {};
  }

  const ElementDecl* header_element(std::string_view name) const {
    for (const ElementDecl* element : operation_.headers) {
      if (element->target().name.name == name) return &element->target();
    }
    return wsdl_.schema().element_by_local(name);
  }

  const Wsdl& wsdl_;
  const Operation& operation_;
  const bool is_12_;
  const std::string_view encoding_;
  Prefixes prefixes_;
};

/// The object with the arguments; PHP writes a single one in a list, and an empty one as a list.
Result<json::Value> arguments_of(const json::Document& document) {
  json::Value root = document.root();
  if (root.is_array() && root.size() == 1 && root.at(0)->is_object()) root = *root.at(0);
  const bool empty = root.is_null() || (root.is_array() && root.empty());
  if (!root.is_object() && !empty) {
    return refused("the payload must be a JSON object whose members are the arguments");
  }
  return root;
}

}  // namespace

Result<Envelope> write_request(const Wsdl& wsdl, const std::vector<const Operation*>& operations,
                               const Message& message) {
  json::Document document;
  const bool parsed =
      document.parse(message.payload.empty() ? "{}" : message.payload, kPayloadLimits).has_value();
  if (!parsed) return refused("the payload is not JSON");
  auto arguments = arguments_of(document);
  if (!arguments) return fail(arguments);
  json::Document none;
  if (arguments->is_null() && none.parse("{}")) arguments = none.root();
  std::optional<Error> first;
  for (const Operation* operation : operations) {
    auto xml = EnvelopeWriter{wsdl, *operation}.write(*arguments, message);
    if (xml) return Envelope{operation, std::move(*xml)};
    if (!first) first = std::move(xml.error());
  }
  return std::unexpected(first ? std::move(*first)
                               : Error{ErrorCode::kTemplateInvalid, "there is no operation", {}});
}

}  // namespace mih::transport::soap
