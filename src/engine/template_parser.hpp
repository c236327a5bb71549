#pragma once

#include <string_view>
#include <vector>

#include "engine/template_program.hpp"

namespace mih::engine {

/// A fault at a byte of a template's source.
struct TemplateFault {
  std::size_t offset = 0;
  std::string message;
};

struct ParsedTemplate {
  Program program;
  std::vector<TemplateFault> faults;  ///< all that were found; empty: the program can be used
};

/// Takes a template apart at its `{{ }}`. Says nothing about whether the result is JSON.
ParsedTemplate parse_template(std::string_view source);

}  // namespace mih::engine
