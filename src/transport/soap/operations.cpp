#include "transport/soap/operations.hpp"

#include <algorithm>
#include <unordered_map>

#include "base/json.hpp"

namespace mih::transport::soap {
namespace {

constexpr std::size_t kDeepest = 8;
/// Of one operation; what is deeper or more than that is left out.
constexpr std::size_t kMostArguments = 2000;
/// Of all operations together.
constexpr std::size_t kMostBytes = std::size_t{8} << 20U;

/// Writes what a type has inside as a list of arguments.
class ArgumentList {
 public:
  explicit ArgumentList(json::Writer& out) : out_(out) {}

  void write(const Type& type) {
    out_.begin_array();
    stack_.push_back(&type);
    for (const AttributeUse& use : type.attributes) {
      const bool preset = use.preset || use.attribute->preset;
      begin(use.attribute->name.name, *use.attribute->type, use.required && !preset);
      out_.member("nillable", false);
      out_.member("array", use.attribute->type->item != nullptr);
      out_.end_object();
    }
    if (type.has_simple_content) {
      begin("_", type, true);
      out_.member("nillable", false);
      out_.member("array", false);
      out_.end_object();
    }
    for (const Field& field : type.fields)
      write_field(field);
    stack_.pop_back();
    out_.end_array();
  }

  void write_single(const ElementDecl& element) {
    out_.begin_array();
    write_field({.element = &element, .required = true});
    out_.end_array();
  }

 private:
  void begin(const std::string& name, const Type& type, bool required) {
    ++count_;
    out_.begin_object();
    out_.member("name", name);
    out_.member("type", type_name(type));
    out_.member("required", required);
    out_.key("enum");
    out_.begin_array();
    for (const std::string& value : type.enumeration)
      out_.value(value);
    out_.end_array();
  }

  static std::string_view type_name(const Type& type) {
    if (!type.name.empty()) return type.name.name;
    return type.builtin ? type.builtin->name : std::string_view{"object"};
  }

  void write_field(const Field& field) {
    if (count_ > kMostArguments) return;
    const ElementDecl& element = field.element->target();
    const bool array = element.type->is_array;
    const Type& type = array ? *element.type->array_item_type : *element.type;
    begin(element.name.name, type, field.required && !element.nillable && !element.preset);
    out_.member("nillable", element.nillable);
    out_.member("array", field.repeated || array || type.item != nullptr);
    const bool again = std::ranges::find(stack_, &type) != stack_.end();
    if (type.is_complex && !again && stack_.size() < kDeepest) {
      out_.key("arguments");
      write(type);
    }
    out_.end_object();
  }

  json::Writer& out_;
  std::vector<const Type*> stack_;
  std::size_t count_ = 0;
};

std::string_view example_text(const Builtin& builtin) {
  switch (builtin.lexical) {
    case Lexical::kBoolean:
      return "true";
    case Lexical::kInteger:
      return builtin.most.starts_with('-') ? "-1" : builtin.most == "0" ? "0" : "1";
    case Lexical::kDecimal:
    case Lexical::kFloat:
      return "1.5";
    case Lexical::kDateTime:
      return "\"2024-02-18T12:22:19Z\"";
    case Lexical::kDate:
      return "\"2024-02-18\"";
    case Lexical::kTime:
      return "\"12:22:19Z\"";
    case Lexical::kBase64:
      return "\"SGVsbG8=\"";
    case Lexical::kHex:
      return "\"48656C6C6F\"";
    default:
      break;
  }
  if (builtin.name == "anyURI") return "\"https://example.org/\"";
  if (builtin.name.ends_with("uration")) return "\"P1D\"";
  if (builtin.name == "gYear") return "\"2024\"";
  if (builtin.name == "language") return "\"en\"";
  return "\"text\"";
}

/// A payload as a text; objects are put together from their particles, since of a choice only one
/// alternative may be there.
class Example {
 public:
  explicit Example(const Schema& schema) : schema_(schema) {}

  std::string of(const ElementDecl& element) {
    return element.type->is_complex ? of_type(*element.type) : of_value(element);
  }
  std::string of_type(const Type& declared) {
    if (declared.is_map) return R"({"key":"text"})";
    if (declared.is_any()) return "\"text\"";
    const Type* type = &declared;
    if (declared.is_abstract) type = heir_of(declared);
    if (!type) return "{}";
    if (type->is_array) return of_array(*type);
    if (!type->is_complex) return of_simple(*type, 0);
    return of_object(*type, type != &declared);
  }

 private:
  using Members = std::vector<std::pair<std::string, std::vector<std::string>>>;

  const Type* heir_of(const Type& base) const {
    for (const auto& [name, type] : schema_.types()) {
      if (!type->is_abstract && type->derives_from(base)) return type;
    }
    return nullptr;
  }

  std::string of_value(const ElementDecl& element) {
    if (!element.preset) return of_type(*element.type);
    json::Writer text;
    text.value(*element.preset);
    return text.take();
  }

  std::string of_simple(const Type& type, int depth) {
    constexpr int kDeepestUnion = 8;
    if (!type.enumeration.empty()) return json::quoted(type.enumeration.front());
    if (depth > kDeepestUnion) return "\"text\"";
    if (type.item) return "[" + of_simple(*type.item, depth + 1) + "]";
    if (!type.one_of.empty()) return of_simple(*type.one_of.front(), depth + 1);
    return std::string{example_text(type.builtin ? *type.builtin : *find_builtin("string"))};
  }

  std::string of_array(const Type& type) {
    const Type& item = *type.array_item_type;
    const bool again = std::ranges::find(stack_, &item) != stack_.end();
    if (again || stack_.size() > kDeepest || type.array_depth > 1) return "[]";
    stack_.push_back(&type);
    std::string text = "[" + of_type(item) + "]";
    stack_.pop_back();
    return text;
  }

  std::string of_object(const Type& type, bool says_type) {
    stack_.push_back(&type);
    Members members;
    for (const Particle* particle : type.particles)
      add(*particle, members, 0);
    stack_.pop_back();
    json::Writer out;
    out.begin_object();
    if (says_type) out.member("xsi:type", type.name.name);
    if (type.has_simple_content) {
      out.key("_");
      out.raw(of_simple(type, 0));
    }
    for (const AttributeUse& use : type.attributes) {
      const bool clash = type.field(use.attribute->name.name) != nullptr;
      out.key((clash ? "@" : "") + use.attribute->name.name);
      const auto& preset = use.preset ? use.preset : use.attribute->preset;
      out.raw(preset ? json::quoted(*preset) : of_simple(*use.attribute->type, 0));
    }
    for (const auto& [name, values] : members) {
      out.key(name);
      const bool repeated = type.field(name) && type.field(name)->repeated;
      const bool array = repeated || values.size() > 1;
      if (array) out.begin_array();
      for (const std::string& value : values)
        out.raw(value);
      if (array) out.end_array();
    }
    out.end_object();
    return out.take();
  }

  void add(const Particle& particle, Members& members, std::size_t depth) {
    constexpr std::size_t kDeepestParticle = 100;
    if (depth > kDeepestParticle || count_ > kMostArguments) return;
    if (particle.kind == Particle::Kind::kElement) return add_element(particle, members);
    const auto& inside = particle.group ? particle.group->content : particle.children;
    for (const Particle& child : inside) {
      add(child, members, depth + 1);
      if (particle.kind == Particle::Kind::kChoice) break;
    }
  }

  void add_element(const Particle& particle, Members& members) {
    constexpr std::size_t kMostItems = 5;
    const ElementDecl* element = &particle.element->target();
    while (element->is_abstract && !element->heirs.empty())
      element = element->heirs.front();
    const Type* type = element->type->is_array ? element->type->array_item_type : element->type;
    const bool again = std::ranges::find(stack_, type) != stack_.end();
    if (element->is_abstract || again || stack_.size() > kDeepest) return;
    ++count_;
    auto known = std::ranges::find(members, element->name.name, &Members::value_type::first);
    if (known == members.end()) known = members.insert(members.end(), {element->name.name, {}});
    const std::size_t items = std::clamp<std::size_t>(particle.least, 1, kMostItems);
    for (std::size_t i = 0; i < items; ++i)
      known->second.push_back(of(*element));
  }

  const Schema& schema_;
  std::vector<const Type*> stack_;
  std::size_t count_ = 0;
};

/// The shortest endpoints that mean each operation.
class Endpoints {
 public:
  explicit Endpoints(const Wsdl& wsdl) {
    for (const Operation& operation : wsdl.operations()) {
      first_.try_emplace(operation.name, &operation);
      first_.try_emplace(operation.port + "/" + operation.name, &operation);
    }
  }
  std::string of(const Operation& operation) const {
    const std::string by_port = operation.port + "/" + operation.name;
    for (const std::string& endpoint : {operation.name, by_port}) {
      const Operation& meant = *first_.at(endpoint);
      if (meant.port == operation.port && meant.service == operation.service) return endpoint;
    }
    return operation.service + "/" + by_port;
  }

 private:
  std::unordered_map<std::string, const Operation*> first_;
};

void write_operation(json::Writer& out, const Wsdl& wsdl, const Endpoints& endpoints,
                     const Operation& operation) {
  out.begin_object();
  out.member("name", operation.name);
  out.member("endpoint", endpoints.of(operation));
  out.member("service", operation.service);
  out.member("port", operation.port);
  out.member("soap_version", operation.version == SoapVersion::k12 ? "1.2" : "1.1");
  out.member("style", operation.style == Style::kRpc ? "rpc" : "document");
  out.member("documentation", operation.documentation);
  out.member("one_way", operation.is_one_way);
  out.key("soap_headers");
  out.begin_array();
  for (const ElementDecl* header : operation.headers)
    out.value(header->target().name.name);
  out.end_array();
  out.key("arguments");
  if (!operation.input.element) {
    out.begin_array();
    out.end_array();
  } else if (operation.input.element->target().type->is_complex) {
    ArgumentList{out}.write(*operation.input.element->target().type);
  } else {
    ArgumentList{out}.write_single(operation.input.element->target());
  }
  out.key("example");
  out.raw(example_payload(wsdl, operation));
  out.end_object();
}

}  // namespace

std::string example_payload(const Wsdl& wsdl, const Operation& operation) {
  if (!operation.input.element) return "{}";
  const ElementDecl& element = operation.input.element->target();
  std::string example = Example{wsdl.schema()}.of(element);
  if (element.type->is_complex && !element.type->is_array && example.starts_with('{')) {
    return example;
  }
  json::Writer out;
  out.begin_object();
  out.key(element.name.name);
  out.raw(example);
  out.end_object();
  return out.take();
}

std::string operations_json(const Wsdl& wsdl) {
  const Endpoints endpoints{wsdl};
  json::Writer out;
  out.begin_object();
  out.key("items");
  out.begin_array();
  for (const Operation& operation : wsdl.operations()) {
    if (out.text().size() > kMostBytes) break;
    write_operation(out, wsdl, endpoints, operation);
  }
  out.end_array();
  out.key("next_cursor");
  out.null();
  out.end_object();
  return out.take();
}

}  // namespace mih::transport::soap
