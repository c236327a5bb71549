#pragma once

#include <string_view>
#include <vector>

#include "engine/template.hpp"
#include "engine/template_parser.hpp"
#include "engine/template_program.hpp"

namespace mih::engine {

/// Checks what a template of this shape must hold, and completes the program: JSON is proven valid
/// for every event and placeholders know whether they are inside quotes; literals of URLs are
/// brought into their form.
std::vector<TemplateFault> check_template(Program& program, Shape shape, std::size_t source_size);

/// True if a part of a URL's path is "." or "..", which would lead to another path.
bool has_dot_segment(std::string_view path);

}  // namespace mih::engine
