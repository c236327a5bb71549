#pragma once

#include <optional>
#include <string>

#include "engine/datum.hpp"
#include "engine/template.hpp"
#include "engine/template_program.hpp"

namespace mih::engine {

/// One rendering of a program.
class TemplateRenderer {
 public:
  /// Appends to `out`. Everything outlives the renderer.
  TemplateRenderer(Shape shape, const Scope& scope, const EventFields& fields, std::string& out);

  /// Why the event cannot be rendered; empty when it was.
  std::optional<std::string> render(const Program& program);

 private:
  using Failure = std::optional<std::string>;

  Failure run(const Program& program);
  Failure step(const Literal& literal);
  Failure step(const Placeholder& placeholder);
  Failure step(const Branch& branch);
  Failure step(const Each& each);
  /// Puts the value into `out`, or says why it cannot be had.
  Failure evaluate(const Expression& expression, Datum& out) const;
  void append(const Placeholder& placeholder, const Datum& datum);
  bool in_path();
  /// Why it has taken too long, if it has.
  Failure spend(std::size_t work) const;

  Shape shape_;
  const Scope& scope_;
  const EventFields& fields_;
  std::string& out_;
  std::size_t start_;
  const Item* item_ = nullptr;  ///< of the innermost {{#each}}
  bool dynamic_path_ = false;
  bool in_query_ = false;     ///< of a URL
  std::size_t searched_ = 0;  ///< up to where it was looked for
};

}  // namespace mih::engine
