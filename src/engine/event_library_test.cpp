#include "engine/event_library.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "engine/generated_event.hpp"

namespace mih::engine {
namespace {

constexpr auto kName = R"(\core\event\user_created)";

class EventLibraryTest : public ::testing::Test {
 protected:
  void see(std::string_view body, std::string_view name = kName) {
    json::Document document;
    ASSERT_TRUE(document.parse(body));
    library_.learn(name, document.root());
  }
  std::string field(std::string_view path) {
    for (const auto& known : library_.fields(kName)) {
      if (known.path == path) return known.type + " " + known.example;
    }
    return "?";
  }
  static core::EventPtr sample(std::string name, std::string body = "{}") {
    auto event = std::make_shared<core::Event>();
    event->name = std::move(name);
    event->body = std::move(body);
    return event;
  }

  EventLibrary library_;
};

TEST_F(EventLibraryTest, LearnsPathsWithTypeAndExample) {
  see(R"({"userid":5,"other":{"grade":1.50,"items":[{"name":"a"},{"x":1}],"a b":1},"ip":null})");
  EXPECT_EQ(field("userid"), "integer 5");
  EXPECT_EQ(field("other"), "object ");
  EXPECT_EQ(field("other.grade"), "number 1.50");
  EXPECT_EQ(field("other.items"), "array ");
  EXPECT_EQ(field("other.items.0.name"), "string \"a\"");
  EXPECT_EQ(field("ip"), "null ");
  EXPECT_EQ(field("other.a b"), "?") << "no placeholder can name it";
}

TEST_F(EventLibraryTest, ATypeThatWasNullIsKnownLaterAndTwoTypesAreBothTold) {
  see(R"({"ip":null,"id":5})");
  see(R"({"ip":"192.0.2.1","id":"5"})");
  see(R"({"ip":null,"id":null})");
  EXPECT_EQ(field("ip"), "string \"192.0.2.1\"");
  EXPECT_EQ(field("id"), "integer|string \"5\"");
}

TEST_F(EventLibraryTest, FieldsOfANameAreBounded) {
  for (int i = 0; i < 100; ++i) {
    std::string body = "{";
    for (int j = 0; j < 100; ++j)
      body += fmt::format("{}\"f{}\":\"{}\"", j ? "," : "", i * 100 + j, std::string(200, 'x'));
    see(body + "}");
  }
  const auto fields = library_.fields(kName);
  EXPECT_EQ(fields.size(), EventLibrary::kMostFields);
  for (const auto& known : fields)
    EXPECT_EQ(known.example, "") << "too long to keep";
}

TEST_F(EventLibraryTest, DepthIsBounded) {
  see(R"({"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}}})");
  EXPECT_EQ(library_.fields(kName).size(), EventLibrary::kMostDepth);
}

TEST_F(EventLibraryTest, NamesAreBoundedAndCounted) {
  const WallTime time{std::chrono::seconds{1000}};
  int learnt = 0;
  for (int i = 0; i < 1000; ++i)
    learnt += library_.count(kName, time) ? 1 : 0;
  EXPECT_GE(learnt, 20);
  EXPECT_LE(learnt, 50) << "a frequent event costs little";
  for (std::size_t i = 0; i < EventLibrary::kMostNames + 10; ++i)
    library_.count(fmt::format("\\a\\event\\n{}", i), time);
  EXPECT_EQ(library_.names().size(), EventLibrary::kMostNames);
  EXPECT_EQ(library_.names().back().name, kName);
  EXPECT_EQ(library_.names().back().seen, 1000);
}

TEST_F(EventLibraryTest, KeepsTheNewestSamplesOfAName) {
  for (int i = 0; i < 9; ++i)
    library_.add_sample(sample(kName, fmt::format("{}", i)));
  EXPECT_EQ(library_.names()[0].samples, EventLibrary::kMostSamples);
  EXPECT_EQ(library_.sample(kName)->body, "8");
  library_.add_sample(sample(R"(\mod_quiz\event\attempt_submitted)", "q"));
  EXPECT_EQ(library_.sample("*")->body, "q");
  EXPECT_EQ(library_.sample(R"(\core\*)")->body, "8");
  EXPECT_FALSE(library_.sample(R"(\mod_forum\*)"));
}

TEST_F(EventLibraryTest, SamplesAreBoundedInBytes) {
  const std::string large(EventLibrary::kMostSampleBytes / 4, ' ');
  for (int i = 0; i < 6; ++i)
    library_.add_sample(sample(fmt::format("\\a\\event\\n{}", i), large));
  EXPECT_FALSE(library_.sample("\\a\\event\\n1"));
  EXPECT_TRUE(library_.sample("\\a\\event\\n2"));
}

TEST(GeneratedEventTest, HasTheFieldsOfAMoodleEvent) {
  for (const auto& known : core_events()) {
    json::Document document;
    const auto body = generated_event(known, 1708258939);
    ASSERT_TRUE(document.parse(body)) << body;
    EXPECT_EQ(document.root().size(), 21u);
    EXPECT_EQ(document.root().find("eventname")->as_string(), known.name);
  }
}

TEST(GeneratedEventTest, ANameSaysMostOfIt) {
  const auto body = generated_event(guessed_class(R"(\mod_book\event\chapter_deleted)"), 5);
  EXPECT_NE(body.find(R"("component":"mod_book","action":"deleted","target":"chapter")"),
            std::string::npos);
  EXPECT_NE(body.find(R"("crud":"d")"), std::string::npos);
}

TEST(GeneratedEventTest, EveryPatternHasAName) {
  EXPECT_EQ(name_for_pattern("*"), R"(\core\event\user_created)");
  EXPECT_EQ(name_for_pattern(R"(\mod_*\event\*)"), R"(\mod_example\event\example)");
  EXPECT_EQ(name_for_pattern(R"(\core\event\x)"), R"(\core\event\x)");
}

}  // namespace
}  // namespace mih::engine
