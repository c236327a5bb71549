#include "base/header.hpp"

#include <algorithm>
#include <array>

namespace mih {
namespace {

constexpr std::array<std::string_view, 10> kConnectionHeaders{
    "Connection",          "Content-Length",   "Expect", "Keep-Alive",
    "Proxy-Authorization", "Proxy-Connection", "TE",     "Trailer",
    "Transfer-Encoding",   "Upgrade"};

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_token_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

bool is_header_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, is_token_character);
}

bool is_header_value(std::string_view value) {
  return std::ranges::none_of(value, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  });
}

bool is_connection_header(std::string_view name) {
  return std::ranges::any_of(kConnectionHeaders, [name](std::string_view known) {
    return equal_ignoring_case(known, name);
  });
}

}  // namespace mih
