#include "transport/soap/response_reader.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "transport/soap/element_reader.hpp"
#include "transport/soap/names.hpp"

namespace mih::transport::soap {
namespace {

constexpr XmlLimits kResponseLimits{.max_depth = 120};

const Element* local_child(const Element& at, std::string_view name) {
  const auto found =
      std::ranges::find_if(at.children, [&](const Element* child) { return child->name == name; });
  return found == at.children.end() ? nullptr : *found;
}

std::string text_of(const Element* at) {
  return at ? std::string{trimmed(at->text)} : std::string{};
}

std::string without_prefix(const std::string& name) {
  return name.substr(name.find(':') + 1);
}

class EnvelopeReader {
 public:
  EnvelopeReader(const Wsdl& wsdl, const Operation& operation, const Element& envelope)
      : wsdl_(wsdl), operation_(operation), envelope_(envelope) {}

  Result<Response> read() {
    const Element* body = local_child(envelope_, "Body");
    if (!body) return fail(ErrorCode::kValidationFailed, "the envelope has no Body");
    std::vector<const Element*> content = body->children;
    std::erase_if(content, [](const Element* one) { return is_referred_only(*one); });
    const Element* first = content.empty() ? nullptr : content.front();
    Response response;
    if (first && first->name == "Fault" && first->ns == envelope_.ns) {
      response.fault = read_fault(*first);
      response.json = json_of(*response.fault);
      return response;
    }
    json::Writer out;
    ElementReader reader{wsdl_.schema(), envelope_, out};
    if (!first) {
      out.begin_object();
      out.end_object();
    } else if (!operation_.output.is_written) {
      Element all;
      all.children = std::move(content);
      reader.write_object(all, *operation_.output.element->type);
    } else {
      write_result(reader, out, *first);
    }
    if (reader.is_cut()) return fail(ErrorCode::kValidationFailed, "the answer is too complex");
    response.json = out.take();
    return response;
  }

 private:
  void write_result(ElementReader& reader, json::Writer& out, const Element& result) {
    const ElementDecl* expected = operation_.output.element;
    if (operation_.style == Style::kRpc && expected) {
      return write_rpc_result(reader, out, result, *expected->type);
    }
    const ElementDecl* element = expected && expected->target().name.name == result.name
                                     ? &expected->target()
                                     : wsdl_.schema().element(result.qname());
    if (element) return reader.write_object(result, *element->type);
    if (!result.children.empty()) return reader.write_untyped(result);
    out.begin_object();
    out.key(result.name);
    reader.write_untyped(result);
    out.end_object();
  }

  /// Parts are told by name; services that name them otherwise are taken by position.
  void write_rpc_result(ElementReader& reader, json::Writer& out, const Element& result,
                        const Type& type) {
    const bool any_known = std::ranges::any_of(
        result.children, [&](const Element* child) { return type.field(child->name); });
    if (any_known || result.children.size() != type.fields.size()) {
      return reader.write_object(result, type);
    }
    out.begin_object();
    for (std::size_t i = 0; i < type.fields.size(); ++i) {
      const ElementDecl& part = type.fields[i].element->target();
      out.key(part.name.name);
      reader.write(*result.children[i], *part.type);
    }
    out.end_object();
  }

  Fault read_fault(const Element& fault) const {
    Fault out;
    const bool is_12 = fault.ns == ns::kEnvelope12;
    const Element* code = local_child(fault, is_12 ? "Code" : "faultcode");
    const Element* detail = local_child(fault, is_12 ? "Detail" : "detail");
    if (is_12) {
      const Element* reason = local_child(fault, "Reason");
      const Element* subcode = code ? local_child(*code, "Subcode") : nullptr;
      out.code = without_prefix(text_of(code ? local_child(*code, "Value") : nullptr));
      out.text = text_of(reason ? local_child(*reason, "Text") : nullptr);
      const std::string more =
          without_prefix(text_of(subcode ? local_child(*subcode, "Value") : nullptr));
      out.is_sender = out.code == "Sender";
      if (!more.empty()) out.code += "." + more;
    } else {
      out.code = without_prefix(text_of(code));
      out.text = text_of(local_child(fault, "faultstring"));
      out.is_sender = out.code == "Client" || out.code.starts_with("Client.");
    }
    if (detail && (!detail->children.empty() || !trimmed(detail->text).empty())) {
      json::Writer json;
      ElementReader{wsdl_.schema(), envelope_, json}.write_untyped(*detail);
      out.detail_json = json.take();
    }
    return out;
  }

  static std::string json_of(const Fault& fault) {
    json::Writer out;
    out.begin_object();
    out.key("fault");
    out.begin_object();
    out.member("code", fault.code);
    out.member("string", fault.text);
    out.key("detail");
    if (fault.detail_json.empty()) {
      out.null();
    } else {
      out.raw(fault.detail_json);
    }
    out.end_object();
    out.end_object();
    return out.take();
  }

  const Wsdl& wsdl_;
  const Operation& operation_;
  const Element& envelope_;
};

}  // namespace

Result<Response> read_response(const Wsdl& wsdl, const Operation& operation,
                               std::string_view bytes) {
  const auto document = XmlDocument::parse(bytes, kResponseLimits);
  if (!document) return std::unexpected(document.error());
  const Element& root = document->root();
  const bool envelope =
      root.name == "Envelope" && (root.ns == ns::kEnvelope11 || root.ns == ns::kEnvelope12);
  if (!envelope) {
    return fail(ErrorCode::kValidationFailed,
                fmt::format("its root is <{}>, not a SOAP envelope", root.name));
  }
  return EnvelopeReader{wsdl, operation, root}.read();
}

std::string describe(const Fault& fault) {
  // It goes with every attempt and into the log; the whole is in the answer's body.
  constexpr std::size_t kMostPart = 500;
  const auto part = [](const std::string& text) {
    return text.size() > kMostPart ? text.substr(0, kMostPart) + "..." : text;
  };
  std::string text =
      fmt::format("SOAP Fault {}: {}", fault.code.empty() ? "without a code" : part(fault.code),
                  part(fault.text));
  if (!fault.detail_json.empty()) text += "; detail: " + part(fault.detail_json);
  return text;
}

}  // namespace mih::transport::soap
