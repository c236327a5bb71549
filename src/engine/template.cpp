#include "engine/template.hpp"

#include <algorithm>
#include <utility>

#include "engine/template_check.hpp"
#include "engine/template_fault.hpp"
#include "engine/template_parser.hpp"
#include "engine/template_renderer.hpp"

namespace mih::engine {
namespace {

/// Numbers the members of the event that the program uses; returns their names in that order.
std::vector<std::string> number_fields(Program& program) {
  std::vector<std::string> names;
  each_expression(program, [&](Expression& expression) {
    Path& path = expression.path;
    if (path.root != Root::kField) return;
    const auto known = std::ranges::find(names, path.name);
    path.field = static_cast<std::size_t>(known - names.begin());
    if (known == names.end()) names.push_back(path.name);
  });
  return names;
}

EnrichmentNeeds needs_of(Program& program) {
  EnrichmentNeeds needs;
  each_expression(program, [&](const Expression& expression) {
    if (const auto enriched = enriched_of(expression.path.root)) needs.set(*enriched);
  });
  return needs;
}

}  // namespace

struct Template::Program {
  Shape shape = Shape::kText;
  std::string field;
  engine::Program segments;
  std::vector<std::string> event_fields = number_fields(segments);
  EnrichmentNeeds needs = needs_of(segments);
};

Result<Template> Template::compile(std::string_view source, Shape shape, std::string_view field) {
  if (!json::is_utf8(source)) {
    return template_error(field, source, {{0, "the template is not valid UTF-8"}});
  }
  ParsedTemplate parsed = parse_template(source);
  if (parsed.faults.empty()) parsed.faults = check_template(parsed.program, shape, source.size());
  if (!parsed.faults.empty()) return template_error(field, source, parsed.faults);
  return Template{std::make_shared<const Program>(
      Program{shape, std::string{field}, std::move(parsed.program)})};
}

Result<void> Template::render(const Scope& scope, std::string& out) const {
  const EventFields fields{program_->event_fields, *scope.event};
  TemplateRenderer renderer{program_->shape, scope, fields, out};
  const auto failure = renderer.render(program_->segments);
  if (!failure) return {};
  return fail(ErrorCode::kTemplateInvalid, program_->field + ": " + *failure,
              {{program_->field, *failure}});
}

bool Template::empty() const {
  return program_->segments.empty();
}

EnrichmentNeeds Template::needs() const {
  return program_->needs;
}

}  // namespace mih::engine
