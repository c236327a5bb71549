#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"
#include "core/rule.hpp"
#include "core/service.hpp"
#include "core/settings.hpp"

/// One description per field of a service, a rule, the settings: name, type, bounds, default,
/// secret, help. Reading and writing JSON, the store's columns, command-line flags and the
/// documentation all come from it.
namespace mih::core {

/// A field with a fixed set of values, for instance auth_type.
template <class T>
struct Choice {
  std::span<const std::string_view> names;
  std::string_view (*get)(const T&);
  bool (*set)(T&, std::string_view);  ///< false: not one of the names
};

template <class T>
struct Field {
  using Access =
      std::variant<std::string T::*, bool T::*, std::int64_t T::*, double T::*,
                   std::chrono::milliseconds T::*,  // seconds outside, decimals allowed
                   std::vector<std::string> T::*, Headers T::*, JsonText T::*, Choice<T>>;

  std::string_view name;
  Access access;
  std::string_view help;
  double min = 0;  ///< numbers: smallest value; durations in seconds
  double max = 0;  ///< numbers: largest value; texts: largest size in bytes; lists: most items
  bool required = false;
  bool secret = false;
  bool url_password = false;  ///< a URL whose password is secret
  /// Of texts: what else is wrong with one and what to do, "" = nothing. Null: anything goes.
  std::string (*fault)(std::string_view) = nullptr;
};

std::span<const Field<Service>> service_fields();
std::span<const Field<Rule>> rule_fields();
std::span<const Field<Settings>> settings_fields();

/// What a secret reads as, and what leaves it unchanged when it is sent back.
inline constexpr std::string_view kMask = "********";

/// Where the password of a URL stands in it, empty when it has none.
std::string_view url_password(std::string_view url);
/// The URL with another password; one without stays as it is.
std::string with_url_password(std::string_view url, std::string_view password);

enum class Write : std::uint8_t {
  kReplace,  ///< POST, PUT: what is not named gets its default, secrets excepted
  kPatch,    ///< PATCH: what is not named stays
};

/// Takes the fields of a JSON object into `item`. All faults are reported at once: unknown names
/// (unless in `ignored`), wrong types, values out of bounds, required fields missing.
template <class T>
Result<void> read_fields(const json::Value& object, std::span<const Field<T>> fields, Write mode,
                         T& item, std::span<const std::string_view> ignored = {});

/// Writes the fields as members of the object that is open in `out`; secrets masked.
template <class T>
void write_fields(json::Writer& out, std::span<const Field<T>> fields, const T& item);

extern template Result<void> read_fields(const json::Value&, std::span<const Field<Service>>, Write,
                                         Service&, std::span<const std::string_view>);
extern template Result<void> read_fields(const json::Value&, std::span<const Field<Rule>>, Write,
                                         Rule&, std::span<const std::string_view>);
extern template Result<void> read_fields(const json::Value&, std::span<const Field<Settings>>,
                                         Write, Settings&, std::span<const std::string_view>);
extern template void write_fields(json::Writer&, std::span<const Field<Service>>, const Service&);
extern template void write_fields(json::Writer&, std::span<const Field<Rule>>, const Rule&);
extern template void write_fields(json::Writer&, std::span<const Field<Settings>>, const Settings&);

}  // namespace mih::core
