#include "transport/soap/xml.hpp"

#include <algorithm>
#include <array>

#include "base/utf8.hpp"

namespace mih::transport::soap {

const std::string* Element::find(std::string_view attribute, std::string_view in_ns) const {
  for (const Attribute& one : attributes) {
    if (one.name == attribute && one.ns == in_ns) return &one.value;
  }
  return nullptr;
}

std::string_view Element::value(std::string_view attribute, std::string_view in_ns) const {
  const std::string* found = find(attribute, in_ns);
  return found ? std::string_view{*found} : std::string_view{};
}

const Element* Element::child(std::string_view in_ns, std::string_view of_name) const {
  const auto found =
      std::ranges::find_if(children, [&](const Element* one) { return one->is(in_ns, of_name); });
  return found == children.end() ? nullptr : *found;
}

std::optional<std::string_view> Element::namespace_of(std::string_view prefix) const {
  for (const Element* at = this; at; at = at->parent) {
    for (const auto& [declared, uri] : at->prefixes) {
      if (declared == prefix) return uri;
    }
  }
  if (prefix == "xml") return "http://www.w3.org/XML/1998/namespace";
  return prefix.empty() ? std::optional<std::string_view>{""} : std::nullopt;
}

QName Element::resolve(std::string_view qualified) const {
  qualified = trimmed(qualified);
  const std::size_t colon = qualified.find(':');
  const bool prefixed = colon != std::string_view::npos;
  const auto uri = namespace_of(prefixed ? qualified.substr(0, colon) : std::string_view{});
  if (!uri) return {};
  return {std::string{*uri}, std::string{prefixed ? qualified.substr(colon + 1) : qualified}};
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> out;
  while (!(text = trimmed(text)).empty()) {
    const std::size_t end = std::min(text.find_first_of(" \t\r\n"), text.size());
    out.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return out;
}

void append_xml(std::string& out, std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    const std::size_t length = utf8::sequence_length(at, end);
    const std::string_view character{at, std::max<std::size_t>(length, 1)};
    const auto first = static_cast<unsigned char>(*at);
    const bool control = first < 0x20 && *at != '\t' && *at != '\n' && *at != '\r';
    const bool noncharacter = character == "\xEF\xBF\xBE" || character == "\xEF\xBF\xBF";
    if (length == 0 || control || noncharacter) {
      utf8::append(out, utf8::kReplacement);
    } else if (*at == '&') {
      out += "&amp;";
    } else if (*at == '<') {
      out += "&lt;";
    } else if (*at == '>') {
      out += "&gt;";
    } else if (*at == '"') {
      out += "&quot;";
    } else if (*at == '\r') {
      out += "&#13;";
    } else {
      out += character;
    }
    at += character.size();
  }
}

}  // namespace mih::transport::soap
