#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/datum.hpp"

/// What stands behind a `|` in a placeholder. Filters are total: nothing, or a value that does not
/// suit, gives nothing.
namespace mih::engine {

/// A literal: text, integer, or the JSON of another number, true, false.
using FilterArgument = std::variant<std::string, std::int64_t, OwnJson>;

struct TemplateFilter;

/// `truncate(80)`
struct FilterCall {
  const TemplateFilter* filter = nullptr;
  std::vector<FilterArgument> arguments;
};

/// A filter's name and how it is used; null when there is none of that name.
const TemplateFilter* find_template_filter(std::string_view name);
/// What to tell about an unknown name.
std::string unknown_filter_message(std::string_view name);
/// What is wrong with the arguments; empty when nothing is.
std::optional<std::string> check_arguments(const TemplateFilter& filter,
                                           std::span<const FilterArgument> arguments);

/// Filters one after another could make a text of any size of a short one.
inline constexpr std::size_t kMostFilteredBytes = 4U << 20U;

/// Errors: what is missing outside of the event, for instance a secret; too long a text.
std::expected<Datum, std::string> apply(const FilterCall& call, const Datum& value,
                                        const Scope& scope);

}  // namespace mih::engine
