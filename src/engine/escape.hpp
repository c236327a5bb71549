#pragma once

#include <string>
#include <string_view>

/// How text is written where it must not change its surroundings. All are total.
namespace mih::engine {

/// RFC 3986: everything but letters, digits and `-._~` as %XX.
void append_url_encoded(std::string& out, std::string_view text);
/// application/x-www-form-urlencoded: as in URLs, but a space is `+`.
void append_form_encoded(std::string& out, std::string_view text);
/// XML 1.0 text and attribute values; characters that XML cannot hold are left out.
void append_xml_escaped(std::string& out, std::string_view text);
/// Text of a header's value: control characters, CR and LF among them, are left out.
void append_header_text(std::string& out, std::string_view text);

/// What an administrator wrote as part of a URL: kept, but for bytes that no URL can hold
/// (controls, spaces, quotes, not ASCII) and a `%` without two digits, which are percent-encoded.
std::string url_literal(std::string_view text);
/// True for "." and "..", also percent-encoded: a segment that moves to another path.
bool is_dot_segment(std::string_view segment);

}  // namespace mih::engine
