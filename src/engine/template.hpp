#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/json.hpp"
#include "core/ids.hpp"
#include "engine/enrichment.hpp"

namespace mih::engine {

/// What the placeholders of a template can see. Everything outlives the rendering.
struct Scope {
  const json::Value* event = nullptr;  ///< the stored event, an object
  std::string_view site_id{};
  std::string_view site_name{};  ///< "" = not known, rendered as null
  std::string_view site_url{};   ///< "" = not known, rendered as null
  core::RuleId rule_id{};
  std::string_view rule_name{};
  std::string_view service_name{};
  std::string_view delivery_id{};
  int attempt = 1;
  std::int64_t now_s = 0;
  /// The people and the course, by Enriched; empty = null.
  std::array<std::optional<json::Value>, kEnrichedCount> enriched{};
  /// The secret of that name, if there is one.
  std::function<std::optional<std::string>(const std::string&)> secret = nullptr;
  bool hide_signatures = false;  ///< hmac_sha256 gives "<hmac>"
  /// What rendering with this scope has cost so far, in members looked at. All templates of one
  /// delivery share it, as whoever makes the event decides how long each look-up takes.
  mutable std::size_t work = 0;
};

/// Where the text of a template ends up; decides how placeholders are escaped.
enum class Shape : std::uint8_t {
  kJson,    ///< type-aware; proven at compile time to give valid JSON for every event
  kText,    ///< as text (ordering keys, content type text)
  kForm,    ///< as text, form-encoded
  kXml,     ///< as text, XML-escaped
  kUrl,     ///< endpoint: percent-encoded in path and query
  kHeader,  ///< as text, control characters removed
};

/// A template, compiled once and rendered for many events. Immutable and shared between threads.
class Template {
 public:
  /// Errors: kTemplateInvalid with `field`, line and column, a message that says what to do, for
  /// JSON a caret excerpt in `detail`.
  static Result<Template> compile(std::string_view source, Shape shape, std::string_view field);

  /// Appends the rendered text to `out`. Errors: kTemplateInvalid when the event cannot be rendered
  /// (size over 4 MiB, a path placeholder that is null, empty, "." or "..").
  Result<void> render(const Scope& scope, std::string& out) const;

  bool empty() const;
  /// What it uses of the people and the course of an event.
  EnrichmentNeeds needs() const;

 private:
  struct Program;
  explicit Template(std::shared_ptr<const Program> program) : program_(std::move(program)) {}
  std::shared_ptr<const Program> program_;
};

}  // namespace mih::engine
