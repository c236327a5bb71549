#include <algorithm>
#include <map>
#include <set>

#include "transport/soap/names.hpp"
#include "transport/soap/wsdl.hpp"

namespace mih::transport::soap {
namespace {

constexpr std::size_t kMostOperations = 5000;
constexpr std::size_t kMostHeaders = 100;  // of an operation
constexpr std::size_t kMostParts = 2000;   // of a message
constexpr std::string_view kHttpTransport = "http";

bool is_soap(const Element& at, std::string_view name) {
  return at.name == name && (at.ns == ns::kWsdlSoap11 || at.ns == ns::kWsdlSoap12);
}

const Element* soap_child(const Element& at, std::string_view name) {
  const auto found = std::ranges::find_if(
      at.children, [&](const Element* child) { return is_soap(*child, name); });
  return found == at.children.end() ? nullptr : *found;
}

/// All of that name under `at`; with attachments soap:body stands inside of mime:part.
void soap_inside(const Element& at, std::string_view name, std::vector<const Element*>& out,
                 int depth = 0) {
  constexpr int kDeepest = 4;  // mime:multipartRelated, mime:part
  for (const Element* child : at.children) {
    if (is_soap(*child, name)) out.push_back(child);
    if (depth < kDeepest) soap_inside(*child, name, out, depth + 1);
  }
}

/// An attribute that holds a name or a keyword; white space around it does not count (XML Schema
/// part 2, 4.3.6).
std::string_view token(const Element& at, std::string_view attribute) {
  return trimmed(at.value(attribute));
}

std::string documentation_of(const Element& at) {
  const Element* found = at.child(ns::kWsdl, "documentation");
  return found ? std::string{trimmed(found->text)} : std::string{};
}

}  // namespace

/// Puts services, ports, bindings, port types and messages together to operations.
class WsdlReader {
 public:
  explicit WsdlReader(const DocumentSet& documents) : documents_(documents) {}

  Result<std::shared_ptr<const Wsdl>> read() {
    auto schema = Schema::build(documents_.schemas());
    if (!schema) return fail(schema);
    wsdl_->schema_ = std::move(*schema);
    for (const auto& definitions : documents_.definitions())
      collect(definitions);
    for (const auto& definitions : documents_.definitions()) {
      for (const Element* child : definitions.root->children) {
        if (child->is(ns::kWsdl, "service")) read_service(*child);
      }
    }
    if (wsdl_->operations_.empty()) {
      return fail(ErrorCode::kValidationFailed,
                  "it has no service with a port that is bound to SOAP over HTTP");
    }
    return std::shared_ptr<const Wsdl>{std::move(wsdl_)};
  }

 private:
  /// Named things of one kind.
  struct Index {
    std::map<QName, const Element*> exact;
    std::map<std::string, const Element*, std::less<>> local;  ///< the first of that local name
    void emplace(const QName& name, const Element* at) {
      exact.emplace(name, at);
      local.emplace(name.name, at);
    }
  };
  using Declarations = std::multimap<std::string_view, const Element*>;
  enum class Use : std::uint8_t { kInput, kOutput };

  void collect(const DocumentSet::Definitions& definitions) {
    for (const Element* child : definitions.root->children) {
      if (child->ns != ns::kWsdl) continue;
      const QName name{definitions.target, std::string{token(*child, "name")}};
      if (child->name == "message") messages_.emplace(name, child);
      if (child->name == "portType") port_types_.emplace(name, child);
      if (child->name == "binding") bindings_.emplace(name, child);
      if (child->name == "message" || child->name == "portType") targets_[child] = name.ns;
    }
  }

  /// By qualified name, or by local name where the prefix is wrong.
  static const Element* look_up(const Index& index, const Element& at, std::string_view attribute) {
    const QName name = at.resolve(at.value(attribute));
    const auto exact = index.exact.find(name);
    if (exact != index.exact.end()) return exact->second;
    const std::string_view text = trimmed(at.value(attribute));
    const auto similar = index.local.find(text.substr(text.find(':') + 1));
    return similar == index.local.end() ? nullptr : similar->second;
  }

  void read_service(const Element& service) {
    for (const Element* port : service.children) {
      if (seen_operations_ > kMostOperations) return;
      if (!port->is(ns::kWsdl, "port")) continue;
      const Element* address = soap_child(*port, "address");
      const Element* binding = look_up(bindings_, *port, "binding");
      const Element* soap = binding ? soap_child(*binding, "binding") : nullptr;
      if (!soap) continue;
      const std::string_view transport = token(*soap, "transport");
      if (!transport.empty() && transport.find(kHttpTransport) == std::string_view::npos) continue;
      if (transport.find("jms") != std::string_view::npos) continue;
      Operation common;
      common.service = token(service, "name");
      common.port = token(*port, "name");
      common.address = address ? std::string{trimmed(address->value("location"))} : std::string{};
      common.version = soap->ns == ns::kWsdlSoap12 ? SoapVersion::k12 : SoapVersion::k11;
      read_binding(*binding, token(*soap, "style") == "rpc", common);
    }
  }

  void read_binding(const Element& binding, bool rpc, const Operation& common) {
    const Element* port_type = look_up(port_types_, binding, "type");
    if (!port_type) return;
    for (const Element* bound : binding.children) {
      if (!bound->is(ns::kWsdl, "operation")) continue;
      if (++seen_operations_ > kMostOperations) return;
      const Element* declared = declaration_of(*port_type, *bound);
      if (!declared) continue;
      Operation operation = common;
      operation.name = token(*bound, "name");
      operation.documentation = documentation_of(*declared);
      operation.style = rpc ? Style::kRpc : Style::kDocument;
      if (const Element* soap = soap_child(*bound, "operation")) {
        operation.action = soap->value("soapAction");
        if (soap->find("style")) {
          operation.style = token(*soap, "style") == "rpc" ? Style::kRpc : Style::kDocument;
        }
      }
      operation.is_one_way = declared->child(ns::kWsdl, "output") == nullptr;
      operation.input = body_of(operation, *declared, *bound, Use::kInput);
      operation.output = body_of(operation, *declared, *bound, Use::kOutput);
      if (const Element* input = bound->child(ns::kWsdl, "input")) read_headers(*input, operation);
      wsdl_->operations_.push_back(std::move(operation));
    }
  }

  /// Of several of one name, that whose input has the name that the binding gives.
  const Element* declaration_of(const Element& port_type, const Element& bound) {
    const auto input_name = [](const Element& operation) {
      const Element* input = operation.child(ns::kWsdl, "input");
      return input ? token(*input, "name") : std::string_view{};
    };
    const Declarations& declared = declarations_in(port_type);
    const auto [first, last] = declared.equal_range(token(bound, "name"));
    for (auto one = first; one != last; ++one) {
      const std::string_view name = input_name(bound);
      if (!name.empty() && name == input_name(*one->second)) return one->second;
    }
    return first == last ? nullptr : first->second;
  }

  const Declarations& declarations_in(const Element& port_type) {
    const auto [at, is_new] = declarations_.try_emplace(&port_type);
    if (!is_new) return at->second;
    for (const Element* one : port_type.children) {
      if (one->is(ns::kWsdl, "operation")) at->second.emplace(token(*one, "name"), one);
    }
    return at->second;
  }

  Body body_of(const Operation& operation, const Element& declared, const Element& bound, Use use) {
    const std::string_view side = use == Use::kInput ? "input" : "output";
    Body body;
    const Element* direction = declared.child(ns::kWsdl, side);
    const Element* message = direction ? look_up(messages_, *direction, "message") : nullptr;
    const Element* binding = bound.child(ns::kWsdl, side);
    std::vector<const Element*> bodies;
    if (binding) soap_inside(*binding, "body", bodies);
    const Element* soap = bodies.empty() ? nullptr : bodies.front();
    const std::vector<const Element*> parts = parts_of(message, binding, soap);
    body.is_encoded = soap && token(*soap, "use") == "encoded";
    if (operation.style == Style::kRpc) {
      std::string space{soap ? soap->value("namespace") : std::string_view{}};
      if (space.empty() && message) space = targets_[message];
      const std::string name = operation.name + (use == Use::kInput ? "" : "Response");
      body.element = make_body({space, name}, parts);
      return body;
    }
    if (parts.size() == 1 && parts.front()->find("element")) {
      body.element = element_of(*parts.front());
      return body;
    }
    if (!parts.empty()) {
      body.element = make_body({"", operation.name}, parts);
      body.is_written = false;
    }
    return body;
  }

  /// The parts that are in the body: those that soap:body lists, or all that are in no header.
  std::vector<const Element*> parts_of(const Element* message, const Element* binding,
                                       const Element* soap) {
    std::vector<const Element*> parts;
    if (!message) return parts;
    for (const Element* child : message->children) {
      if (child->is(ns::kWsdl, "part") && parts.size() < kMostParts) parts.push_back(child);
    }
    if (soap && soap->find("parts")) {
      const auto listed = words(soap->value("parts"));
      std::erase_if(parts, [&](const Element* part) {
        return std::ranges::find(listed, token(*part, "name")) == listed.end();
      });
      return parts;
    }
    std::vector<const Element*> headers;
    if (binding) soap_inside(*binding, "header", headers);
    headers.resize(std::min(headers.size(), kMostHeaders));
    std::erase_if(parts, [&](const Element* part) {
      return std::ranges::any_of(headers, [&](const Element* header) {
        return look_up(messages_, *header, "message") == message &&
               token(*header, "part") == token(*part, "name");
      });
    });
    return parts;
  }

  const ElementDecl* element_of(const Element& part) {
    const QName name = part.resolve(part.value("element"));
    if (const ElementDecl* found = wsdl_->schema_->element(name)) return found;
    ElementDecl& unknown = wsdl_->elements_.emplace_back();
    unknown.name = name;
    unknown.type = &wsdl_->schema_->any_type();
    return &unknown;
  }

  /// An element whose content are the parts: the wrapper of rpc, or of parts without one.
  const ElementDecl* make_body(QName name, const std::vector<const Element*>& parts) {
    Type& type = wsdl_->types_.emplace_back();
    type.is_complex = true;
    std::set<QName> seen;
    for (const Element* part : parts) {
      const ElementDecl* element = nullptr;
      if (part->find("element")) {
        element = element_of(*part);
      } else {
        ElementDecl& made = wsdl_->elements_.emplace_back();
        made.name = {"", std::string{token(*part, "name")}};
        made.type = wsdl_->schema_->type(part->resolve(part->value("type")));
        if (!made.type) made.type = &wsdl_->schema_->any_type();
        element = &made;
      }
      if (!seen.insert(element->name).second) continue;  // two parts cannot be told apart
      Particle particle;
      particle.kind = Particle::Kind::kElement;
      particle.element = element;
      type.content.push_back(std::move(particle));
      type.fields.push_back({.element = element, .required = true});
    }
    for (const Particle& particle : type.content)
      type.particles.push_back(&particle);
    ElementDecl& element = wsdl_->elements_.emplace_back();
    element.name = std::move(name);
    element.type = &type;
    return &element;
  }

  void read_headers(const Element& input, Operation& operation) {
    std::vector<const Element*> headers;
    soap_inside(input, "header", headers);
    headers.resize(std::min(headers.size(), kMostHeaders));
    for (const Element* header : headers) {
      const Element* message = look_up(messages_, *header, "message");
      if (!message) continue;
      for (const Element* part : message->children) {
        if (!part->is(ns::kWsdl, "part") || token(*part, "name") != token(*header, "part"))
          continue;
        if (part->find("element")) operation.headers.push_back(element_of(*part));
      }
    }
  }

  const DocumentSet& documents_;
  std::shared_ptr<Wsdl> wsdl_ = std::make_shared<Wsdl>();
  Index messages_;
  Index port_types_;
  Index bindings_;
  std::map<const Element*, std::string> targets_;
  std::map<const Element*, Declarations> declarations_;
  std::size_t seen_operations_ = 0;
};

Result<std::shared_ptr<const Wsdl>> Wsdl::build(const DocumentSet& documents) {
  return WsdlReader{documents}.read();
}

}  // namespace mih::transport::soap
