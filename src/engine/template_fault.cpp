#include "engine/template_fault.hpp"

#include <algorithm>
#include <string>

#include "base/utf8.hpp"

namespace mih::engine {
namespace {

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return !utf8::is_continuation(c); }));
}

/// Moves `at` to the beginning of a code point, at or before it.
std::size_t align(std::string_view text, std::size_t at) {
  while (at > 0 && at < text.size() && utf8::is_continuation(text[at]))
    --at;
  return at;
}

}  // namespace

SourcePlace place_of(std::string_view source, std::size_t offset) {
  const std::string_view before = source.substr(0, offset);
  const std::size_t line_begin = before.rfind('\n') + 1;  // npos + 1 is 0
  return {.line = 1 + static_cast<int>(std::ranges::count(before, '\n')),
          .column = 1 + static_cast<int>(code_points(before.substr(line_begin)))};
}

std::string caret_excerpt(std::string_view source, std::size_t offset) {
  constexpr std::size_t kBefore = 60;
  constexpr std::size_t kAfter = 20;
  const std::size_t line_begin = source.substr(0, offset).rfind('\n') + 1;
  const std::size_t line_end = std::min(source.find('\n', offset), source.size());
  const std::size_t begin =
      offset - line_begin > kBefore ? align(source, offset - kBefore) : line_begin;
  const std::size_t end = line_end - offset > kAfter ? align(source, offset + kAfter) : line_end;
  std::string line{source.substr(begin, end - begin)};
  std::ranges::replace_if(
      line, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
  const std::string_view cut_before = begin > line_begin ? "..." : "";
  const std::string_view cut_after = end < line_end ? "..." : "";
  const std::size_t indent = cut_before.size() + code_points(source.substr(begin, offset - begin));
  return std::string{cut_before} + line + std::string{cut_after} + "\n" + std::string(indent, ' ') +
         "^";
}

std::unexpected<Error> template_error(std::string_view field, std::string_view source,
                                      const std::vector<TemplateFault>& faults) {
  Error error{ErrorCode::kTemplateInvalid, {}, {}};
  for (const TemplateFault& fault : faults) {
    const SourcePlace place = place_of(source, fault.offset);
    error.fields.push_back({std::string{field}, fault.message, place.line, place.column});
  }
  const FieldError& first = error.fields.front();
  error.detail = first.field + ", line " + std::to_string(first.line) + ", column " +
                 std::to_string(first.column) + ": " + first.message + "\n" +
                 caret_excerpt(source, faults.front().offset);
  return std::unexpected(std::move(error));
}

}  // namespace mih::engine
