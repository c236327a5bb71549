#include "transport/soap/document_set.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>

#include "transport/soap/names.hpp"
#include "transport/soap/url.hpp"

namespace mih::transport::soap {
namespace {

constexpr std::size_t kMostDocuments = 300;
constexpr std::size_t kMostBytes = std::size_t{48} << 20U;
constexpr std::size_t kMostElements = 600'000;
constexpr int kMostIncludes = 64;

/// Namespaces that are known without their documents.
bool is_known(std::string_view uri) {
  return ns::is_xsd(uri) || ns::is_encoding(uri) || uri == ns::kXml || uri == ns::kWsdl ||
         uri == ns::kApache || uri == ns::kEnvelope11 || uri == ns::kEnvelope12;
}

bool is_schema_root(const Element& root) {
  return root.name == "schema" && ns::is_xsd(root.ns);
}

bool refers_to_documents(const Element& child) {
  return ns::is_xsd(child.ns) &&
         (child.name == "import" || child.name == "include" || child.name == "redefine");
}

std::unexpected<Error> refused(std::string why) {
  return fail(ErrorCode::kValidationFailed, std::move(why));
}

/// Whether its name, if it has one, would stand in an envelope.
bool is_written(const Element& at) {
  return ns::is_xsd(at.ns) || at.is(ns::kWsdl, "part") || at.is(ns::kWsdl, "operation");
}

bool needs_name(const Element& at) {
  if (ns::is_xsd(at.ns)) {
    return (at.name == "element" || at.name == "attribute") && !at.find("ref");
  }
  return at.is(ns::kWsdl, "operation") || (at.is(ns::kWsdl, "part") && !at.find("element"));
}

/// What it says is the name of an element or attribute; null if it says nothing like that.
const std::string* reference_of(const Element& at) {
  if (at.is(ns::kWsdl, "part")) return at.find("element");
  const bool is_use = at.name == "element" || at.name == "attribute";
  return ns::is_xsd(at.ns) && is_use ? at.find("ref") : nullptr;
}

bool is_misnamed(const Element& at) {
  const std::string* reference = reference_of(at);
  if (reference && !is_xml_name(at.resolve(*reference).name)) return true;
  const std::string* name = at.find("name");
  if (!name) return needs_name(at);
  return is_written(at) && !is_xml_name(std::string{trimmed(*name)});
}

/// The first that would put a name into envelopes that XML does not have; null if there is none.
const Element* find_misnamed(const Element& at) {
  if (is_misnamed(at)) return &at;
  for (const Element* child : at.children) {
    if (const Element* found = find_misnamed(*child)) return found;
  }
  return nullptr;
}

}  // namespace

DocumentSet::DocumentSet(std::string url) : url_(std::move(url)) {
  documents_.emplace(url_, nullptr);
  wanted_.push_back(url_);
}

std::vector<std::string> DocumentSet::take_wanted() {
  return std::exchange(wanted_, {});
}

Result<void> DocumentSet::add(const std::string& url, std::string_view bytes) {
  bytes_ += bytes.size();
  if (bytes_ > kMostBytes) return refused("its documents are larger than 48 MiB together");
  auto parsed = XmlDocument::parse(bytes, {.max_elements = kMostElements - elements_});
  if (!parsed) return fail(parsed);
  elements_ += parsed->size();
  auto& place = documents_[url];
  place = std::make_unique<Document>(std::move(*parsed), url);
  const Element& root = place->xml.root();
  if (root.is(ns::kWsdl, "definitions")) {
    add_definitions(root, url);
  } else if (is_schema_root(root)) {
    if (url == url_) return refused("it is an XML schema, not a WSDL");
    want_schemas_of(root, url);
  } else if (root.ns == ns::kWsdl2) {
    return refused("it is a WSDL 2.0 description; only WSDL 1.1 is supported");
  } else {
    return refused(fmt::format("it is no WSDL: its root is <{}>", root.name));
  }
  if (const Element* misnamed = find_misnamed(root)) {
    const std::string* reference = reference_of(*misnamed);
    return refused(
        fmt::format("one of its <{}> is or means \"{}\", which is no name in XML, or its "
                    "prefix is not declared",
                    misnamed->name, reference ? *reference : std::string{misnamed->value("name")}));
  }
  if (documents_.size() > kMostDocuments) {
    return refused(fmt::format("it has over {} documents", kMostDocuments));
  }
  return {};
}

void DocumentSet::add_definitions(const Element& root, const std::string& url) {
  const Definitions found{&root, std::string{root.value("targetNamespace")}};
  definitions_.insert(url == url_ ? definitions_.begin() : definitions_.end(), found);
  for (const Element* child : root.children) {
    if (child->is(ns::kWsdl, "import")) want(url, child->value("location"));
    if (!child->is(ns::kWsdl, "types")) continue;
    for (const Element* schema : child->children) {
      if (!is_schema_root(*schema)) continue;
      embedded_.push_back({schema, url});
      want_schemas_of(*schema, url);
    }
  }
}

void DocumentSet::want_schemas_of(const Element& schema, const std::string& url) {
  for (const Element* child : schema.children) {
    if (!refers_to_documents(*child)) continue;
    if (child->name == "import" && is_known(child->value("namespace"))) continue;
    want(url, child->value("schemaLocation"));
  }
}

void DocumentSet::want(const std::string& base, std::string_view location) {
  location = trimmed(location);
  if (location.empty()) return;
  const auto url = resolve_url(base, std::string{location});
  if (!url || documents_.contains(*url) || documents_.size() > kMostDocuments) return;
  documents_.emplace(*url, nullptr);
  wanted_.push_back(*url);
}

std::vector<SchemaSource> DocumentSet::schemas() const {
  std::vector<SchemaSource> out;
  for (const Embedded& schema : embedded_)
    add_schema(out, *schema.root, schema.url, {}, 0);
  for (const auto& [url, document] : documents_) {
    if (document && is_schema_root(document->xml.root()) &&
        document->xml.root().find("targetNamespace")) {
      add_schema(out, document->xml.root(), url, {}, 0);
    }
  }
  std::set<std::pair<const Element*, std::string>> seen;
  std::erase_if(out, [&](const SchemaSource& source) {
    return !seen.emplace(source.root, source.target).second;
  });
  return out;
}

/// A schema without a namespace of its own belongs to the one that includes it, and so do those
/// that it includes in turn.
void DocumentSet::add_schema(std::vector<SchemaSource>& out, const Element& root,
                             const std::string& url, const std::string& includer, int depth) const {
  const std::string* own = root.find("targetNamespace");
  const std::string target = own ? *own : includer;
  out.push_back({&root, target});
  if (depth > kMostIncludes || out.size() > kMostDocuments * 4) return;
  for (const Element* child : root.children) {
    if (!refers_to_documents(*child)) continue;
    const auto at = resolve_url(url, std::string{trimmed(child->value("schemaLocation"))});
    const auto found = at ? documents_.find(*at) : documents_.end();
    if (found == documents_.end() || !found->second) continue;
    const Element& inside = found->second->xml.root();
    if (!is_schema_root(inside) || inside.find("targetNamespace")) continue;
    const bool known = std::ranges::any_of(out, [&](const SchemaSource& source) {
      return source.root == &inside && source.target == target;
    });
    if (!known) {
      add_schema(out, inside, *at, child->name == "import" ? std::string{} : target, depth + 1);
    }
  }
}

}  // namespace mih::transport::soap
