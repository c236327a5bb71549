#include <cstdlib>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/template.hpp"
#include "support/random_json.hpp"

namespace mih::engine {
namespace {

/// Templates from pieces of JSON and placeholders: many are valid, many nearly so.
class RandomTemplate {
 public:
  explicit RandomTemplate(test::RandomJson& random) : random_(random) {}

  std::string value(int depth = 0) {
    switch (random_.below(depth > 3 ? 4 : 10)) {
      case 0:
      case 1:
        return placeholder();
      case 2:
        return text();
      case 3:
        return random_.value(4);
      case 4:
        return list("[", "]", [&] { return value(depth + 1); });
      case 5:
        return "{{#if " + path() + "}}" + value(depth + 1) + "{{else}}" + value(depth + 1) +
               "{{/if}}";
      case 6:
        return each(depth);
      case 7:
        return "{\"first\":" + value(depth + 1) + "{{#unless " + path() +
               "}},\"second\":" + value(depth + 1) + "{{/unless}}}";
      default:
        return list("{", "}", [&] { return name() + ":" + value(depth + 1); });
    }
  }

  std::string placeholder() { return "{{" + path() + filters() + "}}"; }

  std::string path() {
    if (loops_ > 0 && random_.below(3) == 0) {
      static constexpr std::array<std::string_view, 6> kItem{"this",   "this.a", "@index",
                                                             "@first", "@last",  "@key"};
      return std::string{random_.pick(kItem)};
    }
    static constexpr std::array<std::string_view, 21> kPaths{
        "userid",           "other",     "event",        "other.a",
        "other.a.0",        "other.b.c", "event.odd",    "site",
        "site.name",        "rule.id",   "delivery",     "now",
        "service.name",     "objectid",  " other.text ", "event.list.1",
        "delivery.attempt", "eventname", "user",         "user.email",
        "course.fullname"};
    return std::string{random_.pick(kPaths)};
  }

  std::string filters() {
    static constexpr std::array<std::string_view, 18> kFilters{"upper",
                                                               "lower",
                                                               "trim",
                                                               "int",
                                                               "string",
                                                               "json",
                                                               "base64",
                                                               "urlencode",
                                                               "sha256",
                                                               "truncate(3)",
                                                               "replace(\"a\",\"\\\"\")",
                                                               "first",
                                                               "last",
                                                               "count",
                                                               "short",
                                                               "default(\"}}\")",
                                                               "join(\"\\\\\")",
                                                               "date(\"%Y\",\"Europe/Madrid\")"};
    std::string chain;
    while (random_.below(3) == 0)
      chain += " | " + std::string{random_.pick(kFilters)};
    return chain;
  }

  /// A list whose items are separated, in one of the ways that people write.
  std::string each(int depth) {
    const std::string open = "{{#each " + path() + "}}";
    ++loops_;
    const std::string item = value(depth + 1);
    --loops_;
    if (random_.below(2) == 0) {
      return "[" + open + item + "{{#unless @last}},{{/unless}}{{/each}}]";
    }
    return "[" + open + "{{#if @first}}{{else}}, {{/if}}" + item + "{{/each}}]";
  }

  /// Puts a piece anywhere: often the result must be refused.
  std::string damage(std::string source) {
    static constexpr std::array<std::string_view, 20> kPieces{"{{userid}}",
                                                              "{{other}}",
                                                              "\"",
                                                              "\\",
                                                              ",",
                                                              "}",
                                                              "]",
                                                              ":",
                                                              "0",
                                                              " ",
                                                              "null",
                                                              "\\u00",
                                                              "{{/if}}",
                                                              "{{#if userid}}",
                                                              "{{#each other}}",
                                                              "{{/each}}",
                                                              "{{else}}",
                                                              "{{#if userid}},{{/if}}",
                                                              "{{#each other}}1{{/each}}",
                                                              "{{#unless other}} {{/unless}}"};
    source.insert(random_.below(source.size() + 1), random_.pick(kPieces));
    return source;
  }

 private:
  template <class Item>
  std::string list(std::string open, std::string_view close, Item item) {
    const std::size_t items = random_.below(4);
    for (std::size_t i = 0; i < items; ++i) {
      if (i > 0) open += ", ";
      open += item();
    }
    return open.append(close);
  }

  std::string text() { return "\"a" + placeholder() + "\\n" + placeholder() + "\""; }

  std::string name() {
    return random_.below(3) == 0 ? text() : "\"n" + std::to_string(random_.below(20)) + "\"";
  }

  test::RandomJson& random_;
  int loops_ = 0;  ///< that are open
};

std::string random_event(test::RandomJson& random) {
  static constexpr std::array<std::string_view, 8> kNames{"userid", "objectid", "eventname", "text",
                                                          "odd",    "list",     "a",         "id"};
  std::string text = "{\"other\":";
  if (random.below(3) == 0) {
    text += random.value(1);
  } else {
    text += "{\"a\":" + random.array(1) + ",\"b\":{\"c\":" + random.value(2) +
            "},\"text\":" + random.string() + "}";
  }
  for (std::size_t members = random.below(8); members > 0; --members) {
    text += ",\"" + std::string{random.pick(kNames)} + "\":" + random.value(2);
  }
  return text + "}";
}

/// MIH_TEMPLATES makes it more than 2,000, MIH_SEED another stream of them.
std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* given = std::getenv(name);
  return given == nullptr ? otherwise : std::strtoull(given, nullptr, 10);
}

constexpr int kEvents = 100;  ///< for each template

/// Renders generated templates for generated events and gives each result to `check`. Of the
/// templates at least 30 of 100 must be saved and as many refused.
template <class Check>
void run(std::uint64_t seed, bool beyond_nlohmann, Check check) {
  test::RandomJson random{seed + 100 * from_environment("MIH_SEED", 0),
                          {.beyond_nlohmann = beyond_nlohmann}};
  RandomTemplate templates{random};
  const auto count = from_environment("MIH_TEMPLATES", 2'000);
  std::uint64_t saved = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    std::string source = templates.value();
    if (random.below(4) != 0) source = templates.damage(std::move(source));
    auto made = Template::compile(source, Shape::kJson, "payload_template");
    if (!made) {
      EXPECT_EQ(made.error().code, ErrorCode::kTemplateInvalid);
      EXPECT_GE(made.error().fields.at(0).column, 1);
      continue;
    }
    ++saved;
    for (int event_number = 0; event_number < kEvents; ++event_number) {
      const std::string event = random_event(random);
      json::Document document;
      EXPECT_TRUE(document.parse(event));
      const json::Value root = document.root();
      Scope scope{.event = &root,
                  .site_id = "s",
                  .site_name = "\"quoted\" \\ name\n",
                  .rule_id = {3},
                  .rule_name = "r",
                  .service_name = "\xFF not UTF-8",
                  .delivery_id = "d_1"};
      const std::string person = random.value(0);
      json::Document site_says;
      ASSERT_TRUE(site_says.parse(person));
      if (site_says.root().is_object()) scope.enriched[0] = site_says.root();
      std::string out;
      EXPECT_TRUE(made->render(scope, out));
      if (!check(source, out)) {
        ADD_FAILURE() << "template " << source << "\nevent " << event << "\nrendered " << out;
        return;
      }
    }
  }
  EXPECT_GE(saved * 100, count * 30) << saved << " of " << count << " were saved";
  EXPECT_GE((count - saved) * 100, count * 30) << saved << " of " << count << " were saved";
}

bool reads_as_json(const std::string& text) {
  json::Document document;
  return document.parse(text).has_value();
}

/// As an independent reader sees it; that it has no room for a number is not the number's fault.
bool is_json_elsewhere(const std::string& text) {
  constexpr int kNumberOverflow = 406;
  try {
    std::ignore = nlohmann::json::parse(text);
    return true;
  } catch (const nlohmann::json::out_of_range& error) {
    return error.id == kNumberOverflow;
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

TEST(TemplateProperty, ASavedTemplateRendersJsonForEveryEvent) {
  run(31, false, [](const std::string& source, const std::string& out) {
    // Damage to a template can leave half a surrogate pair in it, which nlohmann does not read.
    const bool surrogate = source.find("\\ud") != std::string::npos;
    return surrogate ? reads_as_json(out) : is_json_elsewhere(out);
  });
}

TEST(TemplateProperty, AlsoWithLoneSurrogatesAndHugeNumbers) {
  run(32, true, [](const std::string&, const std::string& out) { return reads_as_json(out); });
}

}  // namespace
}  // namespace mih::engine
