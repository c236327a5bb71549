#include "engine/template.hpp"

#include <algorithm>
#include <utility>

#include "engine/datum.hpp"
#include "engine/escape.hpp"
#include "engine/json_states.hpp"
#include "engine/template_fault.hpp"
#include "engine/template_parser.hpp"

namespace mih::engine {
namespace {

constexpr std::size_t kMaxRenderedBytes = 4 << 20;

/// Proves that the program renders JSON for every event, and notes which placeholders are inside
/// quotes.
std::vector<TemplateFault> check_json(Program& program, std::size_t source_size) {
  JsonStates states;
  for (Segment& segment : program) {
    if (const auto* literal = std::get_if<Literal>(&segment.what)) {
      if (auto read = states.text(literal->text); !read) {
        return {{segment.offset + read.error().offset, read.error().message}};
      }
      continue;
    }
    const auto slot = states.placeholder();
    if (!slot) return {{segment.offset, slot.error().message}};
    std::get<Placeholder>(segment.what).quoted = *slot == JsonStates::Slot::kText;
  }
  if (auto end = states.finish(); !end) return {{source_size, end.error().message}};
  return {};
}

/// The path of a URL with every placeholder taken for one character.
std::string sample_path(const Program& program) {
  std::string url;
  for (const Segment& segment : program) {
    const auto* literal = std::get_if<Literal>(&segment.what);
    url += literal != nullptr ? literal->text : "x";
  }
  return url.substr(0, url.find_first_of("?#"));
}

/// True if a segment of the path is "." or "..", which would lead to another path.
bool has_dot_segment(std::string_view path) {
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    if (is_dot_segment(path.substr(begin, end - begin))) return true;
    begin = end + 1;
  }
  return false;
}

/// Brings the literals into the form of a URL and notes which placeholders are in its path.
std::vector<TemplateFault> check_url(Program& program) {
  bool in_path = true;
  for (Segment& segment : program) {
    if (auto* literal = std::get_if<Literal>(&segment.what)) {
      in_path = in_path && literal->text.find_first_of("?#") == std::string::npos;
      literal->text = url_literal(literal->text);
    } else {
      std::get<Placeholder>(segment.what).in_path = in_path;
    }
  }
  if (has_dot_segment(sample_path(program))) {
    return {{0, "the path has a part '.' or '..': write the path that is meant"}};
  }
  return {};
}

std::vector<TemplateFault> check_header(const Program& program) {
  for (const Segment& segment : program) {
    const auto* literal = std::get_if<Literal>(&segment.what);
    if (literal == nullptr) continue;
    const auto control = std::ranges::find_if(
        literal->text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
    if (control != literal->text.end()) {
      return {{segment.offset + static_cast<std::size_t>(control - literal->text.begin()),
               "a header cannot hold a line break or another control character"}};
    }
  }
  return {};
}

std::vector<TemplateFault> check(Program& program, Shape shape, std::size_t source_size) {
  switch (shape) {
    case Shape::kJson:
      return check_json(program, source_size);
    case Shape::kUrl:
      return check_url(program);
    case Shape::kHeader:
      return check_header(program);
    case Shape::kText:
    case Shape::kForm:
    case Shape::kXml:
      break;
  }
  return {};
}

/// Numbers the members of the event that the program uses; returns their names in that order.
std::vector<std::string> number_fields(Program& program) {
  std::vector<std::string> names;
  for (Segment& segment : program) {
    auto* placeholder = std::get_if<Placeholder>(&segment.what);
    if (placeholder == nullptr || placeholder->path.root != Root::kField) continue;
    Path& path = placeholder->path;
    const auto known = std::ranges::find(names, path.name);
    path.field = static_cast<std::size_t>(known - names.begin());
    if (known == names.end()) names.push_back(path.name);
  }
  return names;
}

void append_shaped(std::string& out, Shape shape, const Placeholder& placeholder,
                   const Datum& datum) {
  if (shape == Shape::kJson) {
    placeholder.quoted ? append_json_text(out, datum) : append_json(out, datum);
    return;
  }
  if (shape == Shape::kText) {
    append_text(out, datum);
    return;
  }
  std::string text;
  append_text(text, datum);
  switch (shape) {
    case Shape::kForm:
      append_form_encoded(out, text);
      break;
    case Shape::kXml:
      append_xml_escaped(out, text);
      break;
    case Shape::kUrl:
      append_url_encoded(out, text);
      break;
    default:
      append_header_text(out, text);
      break;
  }
}

}  // namespace

struct Template::Program {
  Shape shape = Shape::kText;
  std::string field;
  engine::Program segments;
  std::vector<std::string> event_fields = number_fields(segments);

  std::unexpected<Error> fail(const std::string& why) const {
    return mih::fail(ErrorCode::kTemplateInvalid, field + ": " + why, {{field, why}});
  }
};

Result<Template> Template::compile(std::string_view source, Shape shape, std::string_view field) {
  if (!json::is_utf8(source)) {
    return template_error(field, source, {{0, "the template is not valid UTF-8"}});
  }
  ParsedTemplate parsed = parse_template(source);
  if (parsed.faults.empty()) parsed.faults = check(parsed.program, shape, source.size());
  if (!parsed.faults.empty()) return template_error(field, source, parsed.faults);
  return Template{std::make_shared<const Program>(
      Program{shape, std::string{field}, std::move(parsed.program)})};
}

Result<void> Template::render(const Scope& scope, std::string& out) const {
  const std::size_t start = out.size();
  const EventFields fields{program_->event_fields, *scope.event};
  bool dynamic_path = false;
  for (const Segment& segment : program_->segments) {
    if (const auto* literal = std::get_if<Literal>(&segment.what)) {
      out += literal->text;
    } else {
      const auto& placeholder = std::get<Placeholder>(segment.what);
      const std::size_t begin = out.size();
      append_shaped(out, program_->shape, placeholder, resolve(placeholder.path, scope, fields));
      if (placeholder.in_path) {
        dynamic_path = true;
        const std::string_view made = std::string_view{out}.substr(begin);
        if (made.empty() || made == "." || made == "..") {
          return program_->fail(placeholder.source + " in the path is " +
                                (made.empty() ? "null or empty" : "'" + std::string{made} + "'") +
                                " for this event");
        }
      }
    }
    if (out.size() - start > kMaxRenderedBytes) {
      return program_->fail("the rendered text is over 4 MiB for this event");
    }
  }
  if (dynamic_path) {
    const std::string_view url = std::string_view{out}.substr(start);
    if (has_dot_segment(url.substr(0, url.find_first_of("?#")))) {
      return program_->fail("the path has a part '.' or '..' for this event");
    }
  }
  return {};
}

bool Template::empty() const {
  return program_->segments.empty();
}

}  // namespace mih::engine
