#pragma once

#include <cstddef>
#include <expected>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "engine/template_parser.hpp"

namespace mih::engine {

/// Line and column of a byte, counted from 1, the column in code points.
struct SourcePlace {
  int line = 1;
  int column = 1;
};

SourcePlace place_of(std::string_view source, std::size_t offset);

/// The line of the byte (long lines cut around it), and below it a caret under the byte.
std::string caret_excerpt(std::string_view source, std::size_t offset);

/// The error of a template that was refused: each fault with its place, an excerpt of the first.
std::unexpected<Error> template_error(std::string_view field, std::string_view source,
                                      const std::vector<TemplateFault>& faults);

}  // namespace mih::engine
