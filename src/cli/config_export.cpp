#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <iostream>
#include <map>
#include <set>

#include "api/json_views.hpp"
#include "cli/commands.hpp"
#include "cli/config_items.hpp"
#include "cli/declaration.hpp"
#include "cli/yaml_text.hpp"
#include "core/amqp_address.hpp"
#include "core/fields.hpp"

namespace mih::cli {
namespace {

/// Variables that stand for the secrets, no two of one name.
class Variables {
 public:
  /// A reference to a variable that is named after these words.
  std::string reference(std::initializer_list<std::string_view> words) {
    std::string name;
    for (const auto word : words) {
      if (!name.empty()) name += '_';
      for (const char c : word) {
        const bool lower = c >= 'a' && c <= 'z';
        const bool fits = lower || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        name += lower ? static_cast<char>(c - 'a' + 'A') : fits ? c : '_';
      }
    }
    if (name.front() >= '0' && name.front() <= '9') name.insert(0, 1, '_');
    auto free = name;
    for (int n = 2; !taken_.insert(free).second; ++n)
      free = fmt::format("{}_{}", name, n);
    return "${env:" + free + "}";
  }
  const std::set<std::string>& names() const { return taken_; }

 private:
  std::set<std::string> taken_;
};

/// What a field has that nobody has set.
template <class T>
json::Document fresh(std::string& text, std::span<const core::Field<T>> fields, const T& item) {
  json::Writer out;
  out.begin_object();
  core::write_fields(out, fields, item);
  out.end_object();
  text = out.take();
  json::Document document;
  (void)document.parse(text);  // it was just written
  return document;
}

class Exporter {
 public:
  std::string run(const HubItems& hub) {
    yaml_.comment("What a hub has: mih config apply FILE brings another one to the same.");
    yaml_.comment("Secrets are references to environment variables. docs/configuration-as-code.md");
    yaml_.member("version", "1");
    core::Service rest;
    core::Service amqp;
    amqp.max_concurrency = core::kAmqpConcurrency;
    section("services", hub.services, [&](const json::Value& item) {
      const auto type = item.find("type");
      const bool is_amqp = type && type->is_string() && type->string_equals("amqp");
      fields(item, core::service_fields(), is_amqp ? amqp : rest);
    });
    section("rules", hub.rules,
            [&](const json::Value& item) { fields(item, core::rule_fields(), core::Rule{}); });
    json::Document settings;
    if (settings.parse(hub.settings) && !is_fresh(settings.root())) {
      yaml_.begin("settings");
      fields(settings.root(), core::settings_fields(), core::Settings{});
      yaml_.end();
    }
    return yaml_.text();
  }

  const std::set<std::string>& variables() const { return variables_.names(); }

 private:
  template <class Write>
  void section(std::string_view title, const std::vector<HubItem>& items, Write write) {
    if (items.empty()) return yaml_.empty(title);
    yaml_.begin(title);
    for (const auto& item : items) {
      json::Document document;
      if (!document.parse(item.body)) continue;
      name_ = item.name;
      yaml_.begin(item.name);
      write(document.root());
      yaml_.end();
    }
    yaml_.end();
  }

  static bool is_fresh(const json::Value& settings) {
    std::string text;
    const auto defaults = fresh(text, core::settings_fields(), core::Settings{});
    bool same = true;
    for (const auto& field : core::settings_fields()) {
      const auto value = settings.find(field.name);
      same &= !value || value->raw() == defaults.root().find(field.name)->raw();
    }
    return same;
  }

  template <class T>
  void fields(const json::Value& item, std::span<const core::Field<T>> described,
              const T& untouched) {
    std::string text;
    const auto defaults = fresh(text, described, untouched);
    for (const auto& field : described) {
      const auto value = item.find(field.name);
      if (!value || field.name == "name") continue;
      if (value->raw() == defaults.root().find(field.name)->raw() && !field.required) continue;
      if (std::holds_alternative<core::Headers T::*>(field.access)) {
        headers(*value);
      } else if (!value->is_string()) {
        yaml_.member_json(field.name, *value);
      } else if (field.secret) {
        yaml_.member(field.name, variables_.reference({name_, field.name}));
      } else {
        member(field.name, value->as_string(), field.url_password);
      }
    }
  }

  void member(std::string_view name, const std::string& value, bool is_url) {
    const bool has_password = is_url && core::url_password(value) == core::kMask;
    auto text = with_escaped_references(value);
    if (has_password) {
      text = core::with_url_password(text, variables_.reference({name_, name, "password"}));
    }
    yaml_.member(name, text);
  }

  void headers(const json::Value& headers) {
    if (headers.empty()) return;
    yaml_.begin("headers");
    headers.each_member([&](const json::Value& key, const json::Value& value) {
      const auto name = key.as_string();
      const auto text = value.as_string();
      const bool secret = !text.contains("{{") && api::masked_header(name, text) == core::kMask;
      yaml_.member(name, secret ? variables_.reference({name_, "header", name})
                                : with_escaped_references(text));
    });
    yaml_.end();
  }

  YamlText yaml_;
  Variables variables_;
  std::string name_;  ///< of the item
};

/// Names are what a file knows items by.
bool check_names(const HubItems& hub) {
  std::map<std::string, std::vector<std::string>> ids;
  for (const auto& rule : hub.rules)
    ids[rule.name].push_back(rule.id);
  bool good = true;
  for (const auto& [name, same] : ids) {
    if (!name.empty() && same.size() == 1) continue;
    good = false;
    for (const auto& id : same) {
      std::cerr << fmt::format(
          "mih: rule {} {}; give it one of its own: mih rule set {} --name "
          "NAME\n",
          id, name.empty() ? "has no name" : "shares its name with others", id);
    }
  }
  return good;
}

int write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text << std::flush;
  if (file) return kOk;
  std::cerr << "mih: " << path << " cannot be written\n";
  return kUsage;
}

int export_config(Session& session, const std::string& path) {
  auto hub = read_hub_items(session);
  if (!hub || !check_names(*hub)) return kFailed;
  std::ranges::sort(hub->services, {}, &HubItem::name);
  std::ranges::sort(hub->rules, {}, &HubItem::name);
  Exporter exporter;
  const auto text = exporter.run(*hub);
  if (path.empty() || path == "-") {
    std::cout << text << std::flush;
  } else if (const int code = write_file(path, text); code != kOk) {
    return code;
  }
  if (!exporter.variables().empty()) {
    std::cerr << fmt::format(
        "Secrets are not exported. To apply the file to another hub, set {}.\n",
        fmt::join(exporter.variables(), ", "));
  }
  return kOk;
}

}  // namespace

void add_config_export(CLI::App& group, Session& session) {
  auto path = std::make_shared<std::string>();
  CLI::App* command = session.hub_command(
      group, "export", "Services, rules and settings of a hub as one file for reviews",
      [&session, path] { return export_config(session, *path); });
  command->add_option("file", *path, "Where to write it; otherwise it is printed")
      ->check(not_empty());
}

}  // namespace mih::cli
