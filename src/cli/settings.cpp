#include <fmt/format.h>
#include <iostream>

#include "cli/commands.hpp"
#include "core/fields.hpp"

namespace mih::cli {
namespace {

/// KEY VALUE KEY VALUE ... as a JSON object; what is JSON stays JSON, the rest is text.
std::optional<std::string> body_of(const std::vector<std::string>& words) {
  if (words.size() % 2 != 0) return std::nullopt;
  json::Writer out;
  out.begin_object();
  for (std::size_t i = 0; i < words.size(); i += 2) {
    json::Document value;
    out.key(words[i]);
    if (value.parse(words[i + 1])) {
      out.raw(words[i + 1]);
    } else {
      out.value(words[i + 1]);
    }
  }
  out.end_object();
  return out.take();
}

std::string keys() {
  std::string text;
  for (const auto& field : core::settings_fields()) {
    text += fmt::format("\n  {}: {}", field.name, field.help);
  }
  return text;
}

}  // namespace

void add_settings(CLI::App& app, Session& session) {
  CLI::App& group = *Session::group(app, "settings", "Settings that change while the hub runs");
  session.hub_command(group, "show", "All settings",
                      [&session] { return session.show("/settings"); });
  auto words = std::make_shared<std::vector<std::string>>();
  CLI::App* set = session.hub_command(group, "set", "Change settings", [&session, words] {
    const auto body = body_of(*words);
    if (body) return session.change("PATCH", "/settings", *body, "The settings were changed.");
    std::cerr << "mih: give each setting a value: mih settings set KEY VALUE\n";
    return kUsage;
  });
  set->add_option("settings", *words, "KEY VALUE pairs; the keys are" + keys())
      ->type_name("KEY VALUE")
      ->required();
}

}  // namespace mih::cli
