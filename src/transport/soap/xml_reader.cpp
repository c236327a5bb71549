#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/tree.h>

#include "base/header.hpp"
#include "transport/soap/xml.hpp"

namespace mih::transport::soap {
namespace {

/// libxml2 compares every attribute of an element with every other.
constexpr std::size_t kMostAttributes = 1000;
/// Other encodings are not looked into before parsing, which the size has to make up for.
constexpr std::size_t kMostWideBytes = 256 * 1024;
/// Those in which markup is spelled as in ASCII, and UTF-16.
constexpr std::array<std::string_view, 6> kEncodings{"utf-8",       "us-ascii", "iso-8859-",
                                                     "windows-125", "utf-16",   "utf8"};

std::string_view view(const xmlChar* text) {
  return text ? std::string_view{reinterpret_cast<const char*>(text)} : std::string_view{};
}

bool is_wide(std::string_view bytes) {
  return bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF") ||
         bytes.substr(0, 4).find('\0') != std::string_view::npos;
}

/// The position behind a start tag that begins at `at`; counts what look like attributes.
std::size_t skip_tag(std::string_view bytes, std::size_t at, std::size_t& attributes) {
  char quote = '\0';
  for (attributes = 0; at < bytes.size(); ++at) {
    const char c = bytes[at];
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '"' || c == '\'') {
      quote = c;
      ++attributes;
    } else if (c == '>') {
      return at + 1;
    }
  }
  return at;
}

bool has_too_many_attributes(std::string_view bytes) {
  const auto behind = [&](std::string_view end, std::size_t from) {
    const std::size_t found = bytes.find(end, from);
    return found == std::string_view::npos ? bytes.size() : found + end.size();
  };
  std::size_t at = bytes.find('<');
  while (at < bytes.size()) {
    const std::string_view rest = bytes.substr(at);
    std::size_t next = at;
    if (rest.starts_with("<!--")) {
      next = behind("-->", at);
    } else if (rest.starts_with("<![CDATA[")) {
      next = behind("]]>", at);
    } else if (rest.starts_with("<?")) {
      next = behind("?>", at);
    } else {
      std::size_t attributes = 0;
      next = skip_tag(bytes, at, attributes);
      if (attributes > kMostAttributes) return true;
    }
    at = bytes.find('<', next);
  }
  return false;
}

std::unexpected<Error> refused(std::string reason) {
  return fail(ErrorCode::kValidationFailed, std::move(reason));
}

}  // namespace

/// Builds the elements from libxml2's callbacks and stops it at the first thing that is refused.
class XmlReader {
 public:
  explicit XmlReader(const XmlLimits& limits) : limits_(limits) {
    sax_.initialized = XML_SAX2_MAGIC;
    sax_.startDocument = on_begin;
    sax_.startElementNs = on_start;
    sax_.endElementNs = on_end;
    sax_.characters = sax_.cdataBlock = sax_.ignorableWhitespace = on_text;
    sax_.internalSubset = on_doctype;
  }

  Result<XmlDocument> read(std::string_view bytes) {
    xmlParserCtxtPtr made = xmlCreatePushParserCtxt(&sax_, this, nullptr, 0, nullptr);
    if (!made) return refused("no memory for the XML parser");
    const std::unique_ptr<xmlParserCtxt, Free> context{made};
    context_ = context.get();
    xmlCtxtUseOptions(context_, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    xmlParseChunk(context_, bytes.data(), static_cast<int>(bytes.size()), 1);
    if (!refusal_.empty()) return refused(fmt::format("{} (line {})", refusal_, line_));
    const bool complete = !document_.elements_->empty() && open_.empty();
    if (context_->wellFormed == 0 || context_->nsWellFormed == 0 || !complete)
      return refused(what_libxml2_says());
    return std::move(document_);
  }

 private:
  struct Free {
    void operator()(xmlParserCtxtPtr context) const { xmlFreeParserCtxt(context); }
  };

  static XmlReader& self(void* user) { return *static_cast<XmlReader*>(user); }

  static void on_begin(void* user) {
    XmlReader& reader = self(user);
    if (!reader.context_) return;
    const std::string_view encoding = view(reader.context_->encoding);
    const auto known = [&](std::string_view prefix) {
      return equal_ignoring_case(encoding.substr(0, prefix.size()), prefix);
    };
    if (!encoding.empty() && std::ranges::none_of(kEncodings, known)) {
      reader.refuse(fmt::format("the encoding {} is not supported", encoding));
    }
  }

  static void on_doctype(void* user, const xmlChar*, const xmlChar*, const xmlChar*) {
    self(user).refuse("a document type (<!DOCTYPE>) is not accepted");
  }

  static void on_text(void* user, const xmlChar* text, int length) {
    XmlReader& reader = self(user);
    if (!reader.refusal_.empty() || reader.open_.empty()) return;
    reader.open_.back()->text.append(reinterpret_cast<const char*>(text),
                                     static_cast<std::size_t>(length));
  }

  static void on_end(void* user, const xmlChar*, const xmlChar*, const xmlChar*) {
    XmlReader& reader = self(user);
    if (!reader.open_.empty()) reader.open_.pop_back();
  }

  static void on_start(void* user, const xmlChar* name, const xmlChar*, const xmlChar* uri,
                       int namespaces, const xmlChar** declared, int attributes, int,
                       const xmlChar** values) {
    XmlReader& reader = self(user);
    if (!reader.refusal_.empty()) return;
    auto& elements = *reader.document_.elements_;
    if (reader.open_.size() >= reader.limits_.max_depth) {
      return reader.refuse(
          fmt::format("elements are nested over {} deep", reader.limits_.max_depth));
    }
    if (elements.size() >= reader.limits_.max_elements) {
      return reader.refuse(fmt::format("there are over {} elements", reader.limits_.max_elements));
    }
    Element& element = elements.emplace_back();
    element.ns = view(uri);
    element.name = view(name);
    for (int i = 0; i < namespaces; ++i)
      element.prefixes.emplace_back(view(declared[2 * i]), view(declared[2 * i + 1]));
    for (int i = 0; i < attributes; ++i) {  // name, prefix, namespace, begin and end of the value
      const xmlChar** one = values + std::ptrdiff_t{5} * i;
      const auto* begin = reinterpret_cast<const char*>(one[3]);
      const auto* end = reinterpret_cast<const char*>(one[4]);
      element.attributes.push_back(
          {std::string{view(one[2])}, std::string{view(one[0])}, std::string{begin, end}});
    }
    if (!reader.open_.empty()) {
      element.parent = reader.open_.back();
      reader.open_.back()->children.push_back(&element);
    }
    reader.open_.push_back(&element);
  }

  void refuse(std::string why) {
    if (!refusal_.empty()) return;
    refusal_ = std::move(why);
    line_ = context_ && context_->input ? context_->input->line : 0;
    if (context_) xmlStopParser(context_);
  }

  std::string what_libxml2_says() const {
    const xmlError* error = xmlCtxtGetLastError(context_);
    std::string text{error && error->message ? trimmed(error->message) : "it ends too early"};
    return fmt::format("it is not well-formed XML: {} (line {})", text, error ? error->line : 0);
  }

  const XmlLimits limits_;
  xmlSAXHandler sax_{};
  xmlParserCtxtPtr context_ = nullptr;
  XmlDocument document_;
  std::vector<Element*> open_;
  std::string refusal_;
  int line_ = 0;
};

Result<XmlDocument> XmlDocument::parse(std::string_view bytes, const XmlLimits& limits) {
  if (trimmed(bytes).empty()) return refused("it is empty");
  const std::size_t most =
      is_wide(bytes) ? std::min(kMostWideBytes, limits.max_bytes) : limits.max_bytes;
  if (bytes.size() > most) return refused(fmt::format("it is larger than {} KiB", most / 1024));
  if (!is_wide(bytes) && has_too_many_attributes(bytes)) {
    return refused(fmt::format("an element has over {} attributes", kMostAttributes));
  }
  // The declaration must come first; some servers send white space before it.
  const std::size_t begin = bytes.find_first_not_of(" \t\r\n");
  if (!is_wide(bytes)) bytes.remove_prefix(begin);
  return XmlReader{limits}.read(bytes);
}

bool is_xml_name(const std::string& name) {
  if (name.find('\0') != std::string::npos) return false;
  return xmlValidateNCName(reinterpret_cast<const xmlChar*>(name.c_str()), 0) == 0;
}

}  // namespace mih::transport::soap
