#include "core/fields.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "base/header.hpp"

namespace mih::core {
namespace {

constexpr std::size_t kMostHeaderName = 255;
/// Most servers take no more for all headers together.
constexpr std::size_t kMostHeaderValue = 8UL * 1024;

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};

template <class T>
class FieldReader {
 public:
  FieldReader(const Field<T>& field, T& item) : field_(field), item_(item) {}

  /// "" or what is wrong with the value.
  std::string read(const json::Value& value) {
    return std::visit([&](const auto& access) { return take(access, value); }, field_.access);
  }

 private:
  std::string take(std::string T::* member, const json::Value& value) {
    if (value.is_null()) return set_text(member, "");
    if (!value.is_string()) return "must be a string";
    return set_text(member, value.as_string());
  }

  std::string set_text(std::string T::* member, std::string text) {
    if (field_.secret && text == kMask) return "";
    if (field_.url_password && url_password(text) == kMask) {
      text = with_url_password(text, url_password(item_.*member));
    }
    if (field_.max > 0 && static_cast<double>(text.size()) > field_.max) {
      return fmt::format("must be at most {} bytes long, it has {}", field_.max, text.size());
    }
    if (text.find('\0') != std::string::npos) return "must not contain a zero byte";
    if (auto fault = field_.fault ? field_.fault(text) : ""; !fault.empty()) return fault;
    item_.*member = std::move(text);
    return "";
  }

  std::string take(bool T::* member, const json::Value& value) {
    if (!value.is_bool()) return "must be true or false";
    item_.*member = value.kind() == json::Kind::kTrue;
    return "";
  }

  std::string take(std::int64_t T::* member, const json::Value& value) {
    const auto number = value.is_number() ? value.as_int() : std::nullopt;
    if (!number || !in_bounds(static_cast<double>(*number))) {
      return fmt::format("must be an integer from {:.0f} to {:.0f}", field_.min, field_.max);
    }
    item_.*member = *number;
    return "";
  }

  std::string take(double T::* member, const json::Value& value) {
    const auto number = value.is_number() ? value.as_double() : std::nullopt;
    if (!number || !in_bounds(*number)) {
      return fmt::format("must be a number from {} to {}", field_.min, field_.max);
    }
    item_.*member = *number;
    return "";
  }

  std::string take(std::chrono::milliseconds T::* member, const json::Value& value) {
    const auto seconds = value.is_number() ? value.as_double() : std::nullopt;
    if (!seconds || !in_bounds(*seconds)) {
      return fmt::format("must be a number of seconds from {} to {}", field_.min, field_.max);
    }
    item_.*member = std::chrono::milliseconds{std::llround(*seconds * 1000)};
    return "";
  }

  std::string take(std::vector<std::string> T::* member, const json::Value& value) {
    std::vector<std::string> items;
    if (value.is_array()) {
      bool all_strings = true;
      value.each_element([&](const json::Value& element) {
        all_strings = all_strings && element.is_string();
        if (element.is_string()) items.push_back(element.as_string());
      });
      if (!all_strings) return "must be a list of strings";
    } else if (!value.is_null()) {
      return "must be a list of strings";
    }
    if (static_cast<double>(items.size()) > field_.max) {
      return fmt::format("must have at most {} items", field_.max);
    }
    item_.*member = std::move(items);
    return "";
  }

  std::string take(Headers T::* member, const json::Value& value) {
    if (!value.is_object() && !value.is_null()) {
      return "must be an object of header names and values";
    }
    Headers headers;
    std::string wrong;
    if (value.is_object()) {
      value.each_member([&](const json::Value& name, const json::Value& text) {
        auto fault = fault_of_header(name, text);
        if (fault.empty()) {
          headers.emplace_back(name.as_string(), text.as_string());
        } else {
          wrong = std::move(fault);
        }
      });
    }
    if (!wrong.empty()) return wrong;
    if (static_cast<double>(headers.size()) > field_.max) {
      return fmt::format("must have at most {} headers", field_.max);
    }
    item_.*member = std::move(headers);
    return "";
  }

  std::string take(JsonText T::* member, const json::Value& value) {
    if (value.is_null()) {
      (item_.*member).text.clear();
      return "";
    }
    if (!value.is_object()) return "must be a JSON object";
    (item_.*member).text = std::string(value.raw());
    return "";
  }

  std::string take(const Choice<T>& choice, const json::Value& value) {
    const bool known = (value.is_null() || value.is_string()) &&
                       choice.set(item_, value.is_null() ? std::string{} : value.as_string());
    if (known) return "";
    return fmt::format("must be one of: {}", fmt::join(choice.names, ", "));
  }

  bool in_bounds(double number) const { return number >= field_.min && number <= field_.max; }

  static std::string fault_of_header(const json::Value& name, const json::Value& value) {
    const auto header = name.as_string();
    if (!is_header_name(header)) {
      return fmt::format("{} is not a header name (RFC 9110, section 5.1)", shown(name.raw()));
    }
    if (is_connection_header(header) || equal_ignoring_case(header, "Host")) {
      return fmt::format("{} is set by the hub itself; leave it out", name.raw());
    }
    if (header.size() > kMostHeaderName) {
      return fmt::format("{} is over {} bytes long", shown(name.raw()), kMostHeaderName);
    }
    if (!value.is_string()) return fmt::format("value of header {} must be a string", name.raw());
    const auto content = value.as_string();
    if (!is_header_value(content)) {
      return fmt::format(
          "value of header {} must not contain a line break or another control character",
          name.raw());
    }
    if (content.size() <= kMostHeaderValue) return {};
    return fmt::format("value of header {} must be at most {} bytes long, it has {}", name.raw(),
                       kMostHeaderValue, content.size());
  }

  /// The beginning of what may be long.
  static std::string_view shown(std::string_view text) { return text.substr(0, kMostHeaderName); }

  const Field<T>& field_;
  T& item_;
};

/// The value of a new T, or of the item when the field is a secret that must stay.
template <class T>
void reset(const Field<T>& field, T& item) {
  static const T kFresh{};
  if (field.secret) return;
  std::visit(Overloaded{[&](const Choice<T>& choice) { choice.set(item, choice.get(kFresh)); },
                        [&](auto member) { item.*member = kFresh.*member; }},
             field.access);
}

template <class T>
bool is_empty(const Field<T>& field, const T& item) {
  const auto* text = std::get_if<std::string T::*>(&field.access);
  return text && (item.**text).empty();
}

}  // namespace

std::string_view url_password(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  const auto authority = url.substr(scheme + 3, url.find_first_of("/?#", scheme + 3) - scheme - 3);
  const auto at = authority.rfind('@');
  if (at == std::string_view::npos) return {};
  const auto colon = authority.find(':');
  if (colon == std::string_view::npos || colon > at) return {};
  return authority.substr(colon + 1, at - colon - 1);
}

std::string with_url_password(std::string_view url, std::string_view password) {
  const auto old = url_password(url);
  if (old.empty()) return std::string(url);
  const auto at = static_cast<std::size_t>(old.data() - url.data());
  std::string out(url);
  return out.replace(at, old.size(), password);
}

template <class T>
Result<void> read_fields(const json::Value& object, std::span<const Field<T>> fields, Write mode,
                         T& item, std::span<const std::string_view> ignored) {
  if (!object.is_object()) {
    return fail(ErrorCode::kValidationFailed, "The body must be a JSON object.");
  }
  std::vector<FieldError> errors;
  object.each_member([&](const json::Value& key, const json::Value&) {
    const auto name = key.as_string();
    const bool known = std::ranges::any_of(fields, [&](const auto& f) { return f.name == name; }) ||
                       std::ranges::find(ignored, name) != ignored.end();
    if (!known) errors.push_back({name, "unknown field"});
  });
  for (const auto& field : fields) {
    const auto value = object.find(field.name);
    if (value) {
      auto wrong = FieldReader<T>(field, item).read(*value);
      if (!wrong.empty()) errors.push_back({std::string(field.name), std::move(wrong)});
    } else if (mode == Write::kReplace && !field.required) {
      reset(field, item);
    }
    const bool missing =
        field.required && (value ? is_empty(field, item) : mode == Write::kReplace);
    if (missing) errors.push_back({std::string(field.name), "is required"});
  }
  if (errors.empty()) return {};
  auto detail = fmt::format("{}: {}.", errors.front().field, errors.front().message);
  return fail(ErrorCode::kValidationFailed, std::move(detail), std::move(errors));
}

template <class T>
void write_fields(json::Writer& out, std::span<const Field<T>> fields, const T& item) {
  for (const auto& field : fields) {
    out.key(field.name);
    std::visit(Overloaded{
                   [&](const Choice<T>& choice) { out.value(choice.get(item)); },
                   [&](std::string T::* member) {
                     const auto& text = item.*member;
                     if (field.secret && !text.empty()) {
                       out.value(kMask);
                     } else if (field.url_password) {
                       out.value(with_url_password(text, kMask));
                     } else {
                       out.value(text);
                     }
                   },
                   [&](std::chrono::milliseconds T::* member) {
                     const auto ms = (item.*member).count();
                     if (ms % 1000 == 0) {
                       out.value(std::int64_t{ms / 1000});
                     } else {
                       out.value(static_cast<double>(ms) / 1000);
                     }
                   },
                   [&](std::vector<std::string> T::* member) {
                     out.begin_array();
                     for (const auto& text : item.*member)
                       out.value(text);
                     out.end_array();
                   },
                   [&](Headers T::* member) {
                     out.begin_object();
                     for (const auto& [name, value] : item.*member)
                       out.member(name, value);
                     out.end_object();
                   },
                   [&](JsonText T::* member) {
                     if ((item.*member).text.empty()) {
                       out.null();
                     } else {
                       out.raw((item.*member).text);
                     }
                   },
                   [&](auto member) { out.value(item.*member); },
               },
               field.access);
  }
}

template Result<void> read_fields(const json::Value&, std::span<const Field<Service>>, Write,
                                  Service&, std::span<const std::string_view>);
template Result<void> read_fields(const json::Value&, std::span<const Field<Rule>>, Write, Rule&,
                                  std::span<const std::string_view>);
template Result<void> read_fields(const json::Value&, std::span<const Field<Settings>>, Write,
                                  Settings&, std::span<const std::string_view>);
template void write_fields(json::Writer&, std::span<const Field<Service>>, const Service&);
template void write_fields(json::Writer&, std::span<const Field<Rule>>, const Rule&);
template void write_fields(json::Writer&, std::span<const Field<Settings>>, const Settings&);

}  // namespace mih::core
