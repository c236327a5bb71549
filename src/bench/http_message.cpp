#include "bench/http_message.hpp"

#include <algorithm>
#include <charconv>
#include <memory>

namespace mih::bench {
namespace {

bool same_name(std::string_view name, std::string_view lower) {
  return std::ranges::equal(name, lower, [](char a, char b) {
    return a == b || (a >= 'A' && a <= 'Z' && a + ('a' - 'A') == b);
  });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

bool take_length(std::string_view value, MessageHead& head) {
  const char* begin = std::to_address(value.begin());
  const char* end = begin + value.size();
  const auto [stop, error] = std::from_chars(begin, end, head.content_length);
  head.has_length = true;
  return error == std::errc{} && stop == end;
}

bool take_field(std::string_view name, std::string_view value, MessageHead& head) {
  switch (name.size()) {
    case 10:
      if (same_name(name, "webhook-id"))
        head.webhook_id = value;
      else if (same_name(name, "connection"))
        head.closes = same_name(value, "close");
      return true;
    case 14:
      return !same_name(name, "content-length") || take_length(value, head);
    case 17:
      head.chunked = head.chunked || same_name(name, "transfer-encoding");
      return true;
    default:
      return true;
  }
}

}  // namespace

HeadState parse_head(std::string_view bytes, MessageHead& head) {
  const std::string_view searched = bytes.substr(0, kMaxHeadBytes);
  const auto end = searched.find("\r\n\r\n");
  if (end == std::string_view::npos) {
    return searched.size() == kMaxHeadBytes ? HeadState::kMalformed : HeadState::kIncomplete;
  }
  head = MessageHead{};
  head.size = end + 4;
  const std::string_view lines = bytes.substr(0, end + 2);
  std::size_t at = lines.find("\r\n");
  head.start_line = lines.substr(0, at);
  if (head.start_line.empty()) return HeadState::kMalformed;
  at += 2;
  while (at < lines.size()) {
    const std::size_t stop = lines.find("\r\n", at);
    const std::string_view line = lines.substr(at, stop - at);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) return HeadState::kMalformed;
    if (!take_field(line.substr(0, colon), trimmed(line.substr(colon + 1)), head)) {
      return HeadState::kMalformed;
    }
    at = stop + 2;
  }
  return HeadState::kComplete;
}

int status_of(std::string_view start_line) {
  constexpr std::string_view kVersion = "HTTP/1.1 ";
  if (!start_line.starts_with(kVersion) || start_line.size() < kVersion.size() + 3) return 0;
  int status = 0;
  const char* digits = start_line.data() + kVersion.size();
  const auto [stop, error] = std::from_chars(digits, digits + 3, status);
  return error == std::errc{} && stop == digits + 3 ? status : 0;
}

}  // namespace mih::bench
