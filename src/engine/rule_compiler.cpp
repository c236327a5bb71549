#include <algorithm>
#include <array>

#include "base/header.hpp"
#include "engine/catalog.hpp"
#include "engine/datum.hpp"
#include "engine/escape.hpp"

namespace mih::engine {
namespace {

constexpr std::size_t kMaxHeaders = 100;

/// Headers that frame the message: the transport writes them.
constexpr std::array<std::string_view, 6> kFraming{
    "connection", "content-length", "keep-alive", "te", "trailer", "transfer-encoding"};

std::string to_lower(std::string_view text) {
  std::string lower{text};
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

/// True if the text is meant to be a JSON object, not text with placeholders.
bool begins_object(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  return begin != std::string_view::npos && text[begin] == '{' &&
         !text.substr(begin).starts_with("{{");
}

Shape payload_shape(const core::Rule& rule) {
  switch (rule.content_type) {
    case core::ContentType::kJson:
      return Shape::kJson;
    case core::ContentType::kForm:
      return begins_object(rule.payload_template) || rule.payload_template.empty() ? Shape::kJson
                                                                                   : Shape::kForm;
    case core::ContentType::kXml:
      return Shape::kXml;
    case core::ContentType::kText:
      return Shape::kText;
  }
  return Shape::kJson;
}

class RuleCompiler {
 public:
  explicit RuleCompiler(core::Rule rule) { compiled_.rule = std::move(rule); }

  Result<CompiledRule> run() {
    pattern();
    payload();
    const core::Rule& rule = compiled_.rule;
    compiled_.endpoint = compile(rule.endpoint, Shape::kUrl, "endpoint");
    if (compiled_.endpoint) {  // otherwise the same faults would be told twice
      compiled_.routing_key = compile(rule.endpoint, Shape::kText, "endpoint");
    }
    if (!rule.ordering_key.empty()) {
      compiled_.ordering_key = compile_key(rule.ordering_key, "ordering_key");
    }
    headers();
    conditions();
    add_needs();
    if (!error_.fields.empty()) return std::unexpected(std::move(error_));
    return std::move(compiled_);
  }

 private:
  /// The first fault gives the detail; a fault in a field outweighs one in a language.
  void add(Error error) {
    const bool first = error_.fields.empty();
    const bool outweighs =
        error_.code != ErrorCode::kValidationFailed && error.code == ErrorCode::kValidationFailed;
    if (first || outweighs) {
      error_.code = error.code;
      error_.detail = std::move(error.detail);
    }
    std::ranges::move(error.fields, std::back_inserter(error_.fields));
  }

  void add(const std::string& field, const std::string& message) {
    add(Error{ErrorCode::kValidationFailed, field + ": " + message, {{field, message}}});
  }

  std::shared_ptr<const Template> compile(std::string_view source, Shape shape,
                                          std::string_view field) {
    auto made = Template::compile(source, shape, field);
    if (made) return std::make_shared<const Template>(std::move(*made));
    add(std::move(made.error()));
    return nullptr;
  }

  /// Keys are made when the event is accepted, before anybody is looked up.
  std::shared_ptr<const Template> compile_key(std::string_view source, const std::string& field) {
    auto made = compile(source, Shape::kText, field);
    if (!made || made->needs().none()) return made;
    const std::string message =
        "user, relateduser, realuser and course are not known yet when the event is accepted: use "
        "userid, relateduserid, realuserid and courseid";
    add(Error{ErrorCode::kTemplateInvalid, field + ": " + message, {{field, message}}});
    return nullptr;
  }

  void add_needs() {
    for (const auto& part : {compiled_.payload, compiled_.endpoint}) {
      if (part) compiled_.needs |= part->needs();
    }
    for (const auto& header : compiled_.headers)
      compiled_.needs |= header.second.needs();
  }

  void pattern() {
    auto normal = normalise_pattern(compiled_.rule.eventname);
    if (!normal) return add(std::move(normal.error()));
    compiled_.rule.eventname = std::move(*normal);
  }

  void payload() {
    const core::Rule& rule = compiled_.rule;
    compiled_.payload_shape = payload_shape(rule);
    if (rule.payload_template.empty()) return;
    compiled_.payload = compile(rule.payload_template, compiled_.payload_shape, "payload_template");
    const bool get = rule.http_method == core::HttpMethod::kGet;
    if (get && compiled_.payload_shape != Shape::kJson && compiled_.payload_shape != Shape::kForm) {
      add("content_type", "a GET request has a query and no body: use json or form");
    }
    const std::size_t begin = rule.payload_template.find_first_not_of(" \t\r\n");
    if (get && compiled_.payload && compiled_.payload_shape == Shape::kJson &&
        rule.payload_template[begin] != '{') {
      add("payload_template", "a GET request has a query: the template must be a JSON object");
    }
  }

  void headers() {
    const core::Rule& rule = compiled_.rule;
    if (rule.headers.size() > kMaxHeaders) {
      return add("headers", "at most 100 headers are allowed");
    }
    for (const auto& [name, value] : rule.headers) {
      const std::string field = "headers." + name;
      if (!is_header_name(name)) {
        add(field, "a header's name consists of letters, digits and !#$%&'*+-.^_`|~");
      } else if (std::ranges::find(kFraming, to_lower(name)) != kFraming.end()) {
        add(field, "this header is set by the hub itself");
      } else if (auto made = Template::compile(value, Shape::kHeader, field)) {
        compiled_.headers.emplace_back(name, std::move(*made));
      } else {
        add(std::move(made.error()));
      }
    }
  }

  /// What a rule can be limited by beside its pattern.
  void conditions() {
    const core::Rule& rule = compiled_.rule;
    if (!rule.filter.text.empty()) {
      if (auto made = Filter::compile(rule.filter.text)) {
        compiled_.filter = std::make_shared<const Filter>(std::move(*made));
      } else {
        add(std::move(made.error()));
      }
    }
    if (!rule.dedupe_key.empty()) {
      compiled_.dedupe_key = compile_key(rule.dedupe_key, "dedupe_key");
    }
  }

  CompiledRule compiled_;
  Error error_;
};

}  // namespace

Result<CompiledRule> compile_rule(core::Rule rule) {
  return RuleCompiler{std::move(rule)}.run();
}

}  // namespace mih::engine
