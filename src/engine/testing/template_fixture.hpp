#pragma once

#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <string_view>

#include "engine/template.hpp"

namespace mih::engine {

inline constexpr std::string_view kEvent =
    R"({"eventname":"\\core\\event\\user_created","userid":5,)"
    R"("objectid":null,"courseid":"x","relateduserid":true,)"
    R"("other":{"grade":129.950,"items":[{"name":"A \"q\" \u00e9"},7],)"
    R"("empty":"","nested":{"a" : [1, "b\n"] },"dot":".",)"
    R"("path":"a/../b?c#d","crlf":"x\r\ny","0":"zero",)"
    R"("lone":"\ud800","text":"{{userid}}","huge":1e400},)"
    R"("timecreated":1708258939,"id":"e1","custom-field":"z"})";

/// Renders templates for one event.
class TemplateTest : public ::testing::Test {
 protected:
  TemplateTest() {
    EXPECT_TRUE(document_.parse(kEvent));
    event_ = document_.root();
    scope_ = {.event = &*event_,
              .site_id = "default",
              .site_name = "My \"site\"",
              .site_url = "https://moodle.example",
              .rule_id = {7},
              .rule_name = "new users",
              .service_name = "crm",
              .delivery_id = "d_abc",
              .attempt = 2,
              .now_s = 1700000000};
  }

  std::string render(std::string_view source, Shape shape = Shape::kJson) {
    auto made = Template::compile(source, shape, "payload_template");
    EXPECT_TRUE(made) << source << ": " << (made ? "" : made.error().detail);
    if (!made) return "<refused>";
    std::string out;
    const auto rendered = made->render(scope_, out);
    return rendered ? out : "<error> " + rendered.error().detail;
  }

  Error refused(std::string_view source, Shape shape = Shape::kJson) {
    auto made = Template::compile(source, shape, "payload_template");
    EXPECT_FALSE(made) << source;
    return made ? Error{} : made.error();
  }

  json::Document document_;
  std::optional<json::Value> event_;
  Scope scope_;
};

}  // namespace mih::engine
