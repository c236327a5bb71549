#include "engine/template_renderer.hpp"

#include <utility>

#include "engine/escape.hpp"
#include "engine/template_check.hpp"
#include "engine/template_filters.hpp"

namespace mih::engine {
namespace {

constexpr std::size_t kMaxRenderedBytes = 4 << 20;
/// In members looked at, a few nanoseconds each. Loops in loops may turn for long without writing
/// anything, and look for something in large objects again and again.
constexpr std::size_t kMostWork = 20'000'000;
constexpr std::size_t kStep = 10;
constexpr std::size_t kFilter = 400;
constexpr std::size_t kBytes = 16;  ///< of a text that a filter goes through, as much as a member

}  // namespace

TemplateRenderer::TemplateRenderer(Shape shape, const Scope& scope, const EventFields& fields,
                                   std::string& out)
    : shape_(shape),
      scope_(scope),
      fields_(fields),
      out_(out),
      start_(out.size()),
      searched_(start_) {}

std::optional<std::string> TemplateRenderer::render(const Program& program) {
  if (auto failure = run(program)) return failure;
  if (!dynamic_path_) return std::nullopt;
  const auto url = std::string_view{out_}.substr(start_);
  if (!has_dot_segment(url.substr(0, url.find_first_of("?#")))) return std::nullopt;
  return "the path has a part '.' or '..' for this event";
}

TemplateRenderer::Failure TemplateRenderer::run(const Program& program) {
  for (const Segment& segment : program) {
    if (auto failure = spend(kStep)) return failure;
    auto failure = std::visit([&](const auto& what) { return step(what); }, segment.what);
    if (failure) return failure;
    if (out_.size() - start_ > kMaxRenderedBytes) {
      return "the rendered text is over 4 MiB for this event";
    }
  }
  return std::nullopt;
}

TemplateRenderer::Failure TemplateRenderer::step(const Literal& literal) {
  out_ += literal.text;
  return std::nullopt;
}

TemplateRenderer::Failure TemplateRenderer::step(const Placeholder& placeholder) {
  Datum value;
  if (auto failure = evaluate(placeholder.expression, value)) return failure;
  const bool path = in_path();
  const auto begin = out_.size();
  append(placeholder, value);
  if (!path) return std::nullopt;
  dynamic_path_ = true;
  const auto made = std::string_view{out_}.substr(begin);
  if (!made.empty() && made != "." && made != "..") return std::nullopt;
  return placeholder.expression.source + " in the path is " +
         (made.empty() ? "null or empty" : "'" + std::string{made} + "'") + " for this event";
}

TemplateRenderer::Failure TemplateRenderer::step(const Branch& branch) {
  Datum condition;
  if (auto failure = evaluate(branch.condition, condition)) return failure;
  dynamic_path_ = dynamic_path_ || shape_ == Shape::kUrl;
  return run(is_false(condition) ? branch.otherwise : branch.then);
}

TemplateRenderer::Failure TemplateRenderer::step(const Each& each) {
  Datum items;
  if (auto failure = evaluate(each.items, items)) return failure;
  const auto* value = std::get_if<json::Value>(&items);
  if (value == nullptr || (!value->is_array() && !value->is_object())) return std::nullopt;
  dynamic_path_ = dynamic_path_ || shape_ == Shape::kUrl;
  const auto* outer = item_;
  Failure failure;
  std::size_t index = 0;
  const auto turn = [&](const json::Value& element, std::optional<std::string> key) {
    if (failure) return;
    failure = spend(kStep);
    if (failure) return;
    const Item item{.value = element,
                    .index = index,
                    .first = index == 0,
                    .last = index + 1 == value->size(),
                    .key = std::move(key)};
    ++index;
    item_ = &item;
    failure = run(each.body);
    item_ = outer;
  };
  if (value->is_array()) {
    value->each_element([&](const json::Value& element) { turn(element, std::nullopt); });
  } else {
    value->each_member([&](const json::Value& key, const json::Value& element) {
      turn(element, key.as_string());
    });
  }
  return failure;
}

TemplateRenderer::Failure TemplateRenderer::evaluate(const Expression& expression,
                                                     Datum& out) const {
  out = resolve(expression.path, scope_, fields_, item_);
  if (auto failure = spend(0)) return failure;
  for (const FilterCall& call : expression.filters) {
    if (auto failure = spend(kFilter + size_of(out) / kBytes)) return failure;
    auto applied = apply(call, out, scope_);
    if (!applied) return expression.source + ": " + applied.error();
    out = std::move(*applied);
    if (auto failure = spend(size_of(out) / kBytes)) return failure;
  }
  return std::nullopt;
}

bool TemplateRenderer::in_path() {
  if (shape_ != Shape::kUrl || in_query_) return false;
  in_query_ = out_.find_first_of("?#", searched_) != std::string::npos;
  searched_ = out_.size();
  return !in_query_;
}

TemplateRenderer::Failure TemplateRenderer::spend(std::size_t work) const {
  scope_.work += work;
  if (scope_.work <= kMostWork) return std::nullopt;
  return "the template takes too many steps for this event";
}

void TemplateRenderer::append(const Placeholder& placeholder, const Datum& datum) {
  if (shape_ == Shape::kJson) {
    placeholder.quoted ? append_json_text(out_, datum) : append_json(out_, datum);
    return;
  }
  if (shape_ == Shape::kText) {
    append_text(out_, datum);
    return;
  }
  std::string text;
  append_text(text, datum);
  switch (shape_) {
    case Shape::kForm:
      append_form_encoded(out_, text);
      break;
    case Shape::kXml:
      append_xml_escaped(out_, text);
      break;
    case Shape::kUrl:
      append_url_encoded(out_, text);
      break;
    default:
      append_header_text(out_, text);
      break;
  }
}

}  // namespace mih::engine
