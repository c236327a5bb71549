#include "cli/field_flags.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/session.hpp"

namespace mih::cli {
namespace {

/// Texts that may be longer than this can be read from a file.
constexpr double kLongText = 2000;

std::string dashed(std::string_view name) {
  std::string flag{name};
  std::ranges::replace(flag, '_', '-');
  return flag;
}

bool is_json(std::string_view text, bool must_be_number) {
  json::Document document;
  return document.parse(text).has_value() && (!must_be_number || document.root().is_number());
}

/// What can be JSON is sent as JSON; otherwise as text, so that the API says what is wrong.
void write_raw(json::Writer& out, std::string_view text, bool must_be_number) {
  if (is_json(text, must_be_number)) {
    out.raw(text);
  } else {
    out.value(text);
  }
}

std::string bounds(double min, double max) {
  return max > 0 ? fmt::format(" ({} to {})", min, max) : std::string{};
}

}  // namespace

template <class T>
FieldFlags::Description FieldFlags::describe(const core::Field<T>& field) {
  using namespace std::chrono;
  Description out{
      field.name, Kind::kText, std::string{field.help}, field.secret || field.max > kLongText, {}};
  const auto& access = field.access;
  if (std::holds_alternative<bool T::*>(access)) {
    out.kind = Kind::kFlag;
  } else if (std::holds_alternative<std::int64_t T::*>(access) ||
             std::holds_alternative<double T::*>(access) ||
             std::holds_alternative<milliseconds T::*>(access)) {
    out.kind = Kind::kNumber;
    out.help += bounds(field.min, field.max);
    out.has_file = false;
  } else if (std::holds_alternative<std::vector<std::string> T::*>(access)) {
    out.kind = Kind::kList;
  } else if (std::holds_alternative<core::Headers T::*>(access)) {
    out.kind = Kind::kHeaders;
  } else if (std::holds_alternative<core::JsonText T::*>(access)) {
    out.kind = Kind::kJson;
    out.has_file = true;
  } else if (const auto* choice = std::get_if<core::Choice<T>>(&access)) {
    out.help += fmt::format(" ({})", fmt::join(choice->names, ", "));
  }
  return out;
}

template <class T>
FieldFlags::FieldFlags(CLI::App& command, std::span<const core::Field<T>> fields,
                       const Aliases& aliases, std::string_view left_out) {
  for (const core::Field<T>& field : fields) {
    if (field.name == left_out) continue;
    Description description = describe(field);
    const auto alias = aliases.find(field.name);
    if (alias != aliases.end()) description.alias = alias->second;
    add(command, description);
  }
}

template FieldFlags::FieldFlags(CLI::App&, std::span<const core::Field<core::Service>>,
                                const Aliases&, std::string_view);
template FieldFlags::FieldFlags(CLI::App&, std::span<const core::Field<core::Rule>>, const Aliases&,
                                std::string_view);
template FieldFlags::FieldFlags(CLI::App&, std::span<const core::Field<core::Settings>>,
                                const Aliases&, std::string_view);

void FieldFlags::add(CLI::App& command, const Description& description) {
  Entry& entry = *entries_.emplace_back(std::make_unique<Entry>());
  entry.field = description.field;
  entry.kind = description.kind;
  const std::string flag = dashed(description.field);
  const std::string alias{description.alias};
  const std::string names = alias.empty() ? "--" + flag : fmt::format("--{},--{}", alias, flag);
  switch (description.kind) {
    case Kind::kFlag:
      entry.option = command.add_flag(fmt::format("--{}{{true}},--no-{}{{false}}", flag, flag),
                                      entry.values, description.help);
      break;
    case Kind::kHeaders:
      entry.option = command.add_option(names, entry.values, description.help)
                         ->type_name("'NAME: VALUE'")
                         ->expected(1)
                         ->take_all();
      break;
    case Kind::kList:
      entry.option = command.add_option(names, entry.values, description.help)
                         ->type_name("A,B,...")
                         ->expected(1)
                         ->take_all();
      break;
    default:
      entry.option = command.add_option(names, entry.values, description.help)
                         ->type_name(description.kind == Kind::kNumber ? "NUMBER" : "TEXT")
                         ->expected(1)
                         ->take_last();
      if (description.kind == Kind::kNumber) entry.option->check(CLI::Number);
  }
  if (!description.has_file) return;
  const std::string file_names = alias.empty() ? fmt::format("--{}-file", flag)
                                               : fmt::format("--{}-file,--{}-file", alias, flag);
  entry.file_option =
      command.add_option(file_names, entry.file, "The same, from a file (- is standard input)")
          ->type_name("FILE")
          ->excludes(entry.option);
}

void FieldFlags::require(std::string_view field) {
  for (const auto& entry : entries_) {
    if (entry->field == field) entry->option->required();
  }
}

bool FieldFlags::empty() const {
  return std::ranges::all_of(entries_, [](const auto& entry) {
    return entry->option->count() == 0 && (!entry->file_option || entry->file_option->count() == 0);
  });
}

Result<std::string> FieldFlags::body(const std::map<std::string, std::string>& more) const {
  json::Writer out;
  out.begin_object();
  for (const auto& [name, text] : more)
    out.member(name, text);
  for (const auto& entry : entries_) {
    Entry given = *entry;
    if (entry->file_option && entry->file_option->count() > 0) {
      auto text = read_file(entry->file);
      if (!text) return fail(text);
      given.values = {std::move(*text)};
    } else if (entry->option->count() == 0) {
      continue;
    }
    out.key(given.field);
    if (auto written = write(out, given); !written) return fail(written);
  }
  out.end_object();
  return out.take();
}

Result<void> FieldFlags::write(json::Writer& out, const Entry& entry) {
  const std::string last = entry.values.empty() ? "" : entry.values.back();
  switch (entry.kind) {
    case Kind::kText:
      out.value(last);
      break;
    case Kind::kFlag:
      write_raw(out, last, false);
      break;
    case Kind::kNumber:
      write_raw(out, last, true);
      break;
    case Kind::kJson:
      write_raw(out, last, false);
      break;
    case Kind::kList:
      out.begin_array();
      for (std::string_view text : entry.values) {
        while (!text.empty()) {
          const auto comma = std::min(text.find(','), text.size());
          if (comma > 0) out.value(text.substr(0, comma));
          text.remove_prefix(std::min(comma + 1, text.size()));
        }
      }
      out.end_array();
      break;
    case Kind::kHeaders:
      out.begin_object();
      for (const std::string_view text : entry.values) {
        if (text.empty()) continue;
        const auto colon = text.find(':');
        if (colon == std::string_view::npos) {
          return fail(ErrorCode::kConfigInvalid,
                      fmt::format("--{}: \"{}\" is not of the form 'NAME: VALUE'",
                                  dashed(entry.field), text));
        }
        const auto begin = std::min(text.find_first_not_of(' ', colon + 1), text.size());
        out.member(text.substr(0, colon), text.substr(begin));
      }
      out.end_object();
      break;
  }
  return {};
}

}  // namespace mih::cli
