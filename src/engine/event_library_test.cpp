#include "engine/event_library.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "engine/generated_event.hpp"

namespace mih::engine {
namespace {

constexpr auto kName = R"(\core\event\user_created)";

constexpr WallTime at(int second) {
  return WallTime{std::chrono::seconds{second}};
}

class EventLibraryTest : public ::testing::Test {
 protected:
  void see(std::string_view body, WallTime time = at(1), std::string_view name = kName) {
    json::Document document;
    ASSERT_TRUE(document.parse(body));
    library_.learn(name, "main", time, document.root());
  }
  std::string field(std::string_view path) {
    for (const auto& known : library_.fields(kName)) {
      if (known.path == path) return known.type + " " + known.example;
    }
    return "?";
  }
  static core::EventPtr sample(std::string name, std::string body = "{}") {
    auto event = std::make_shared<core::Event>();
    event->site = "main";
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

std::string describe(const core::Learned& learned) {
  std::string text;
  for (const auto& name : learned.names)
    text += fmt::format("{} {}\n", name.name, name.seen);
  for (const auto& [eventname, path] : learned.dropped_fields)
    text += fmt::format("-{}\n", path);
  for (const auto& field : learned.fields) {
    text += fmt::format("{} {} {} {} [{}]\n", field.path, field.type, field.example, field.site,
                        field.people.text());
  }
  for (const auto number : learned.dropped_samples)
    text += fmt::format("-{}\n", number);
  for (const auto& sample : learned.samples)
    text += fmt::format("{} {} [{}]\n", sample.number, sample.event->body, sample.people.text());
  return text;
}

TEST_F(EventLibraryTest, SaysWhatIsNewOnce) {
  library_.count(kName, {});
  see(R"({"userid":5,"ip":null})");
  EXPECT_EQ(describe(library_.take_changes()),
            fmt::format("{} 1\nip null  main [5]\nuserid integer 5 main [5]\n", kName));
  EXPECT_TRUE(library_.take_changes().empty());
  see(R"({"userid":6,"ip":null})");
  EXPECT_EQ(describe(library_.take_changes()), fmt::format("{} 1\n", kName))
      << "another example is nothing new";
  see(R"({"userid":"7","ip":"192.0.2.1"})");
  EXPECT_EQ(describe(library_.take_changes()),
            fmt::format("{} 1\nip string \"192.0.2.1\" main [7]\n"
                        "userid integer|string \"7\" main [7]\n",
                        kName));
  see(R"({"userid":[]})");
  EXPECT_EQ(describe(library_.take_changes()),
            fmt::format("{} 1\nuserid integer|string|array \"7\" main [7]\n", kName))
      << "the example is that of another event";
}

TEST_F(EventLibraryTest, SamplesThatWentBeforeTheyWereToldOfAreNotNew) {
  for (int i = 1; i <= 7; ++i)
    library_.add_sample(sample(kName, fmt::format(R"({{"userid":{}}})", i)));
  EXPECT_EQ(describe(library_.take_changes()),
            "-1\n-2\n3 {\"userid\":3} [3]\n4 {\"userid\":4} [4]\n5 {\"userid\":5} [5]\n"
            "6 {\"userid\":6} [6]\n7 {\"userid\":7} [7]\n");
  library_.add_sample(sample(kName));
  EXPECT_EQ(describe(library_.take_changes()), "-3\n8 {} []\n");
}

TEST_F(EventLibraryTest, AnotherGoesOnWithWhatWasLearned) {
  library_.count(kName, WallTime{std::chrono::seconds{7}});
  see(R"({"userid":5,"other":{"a":1.5}})");
  for (int i = 1; i <= 6; ++i)
    library_.add_sample(sample(kName, fmt::format(R"({{"n":{}}})", i)));
  EventLibrary next;
  next.restore(library_.take_changes());
  EXPECT_EQ(next.names().at(0).seen, 1);
  EXPECT_EQ(next.names().at(0).last_seen, WallTime{std::chrono::seconds{7}});
  EXPECT_EQ(next.names().at(0).samples, EventLibrary::kMostSamples);
  EXPECT_EQ(next.fields(kName).size(), 3u);
  EXPECT_EQ(next.sample(kName)->body, R"({"n":6})");
  EXPECT_TRUE(next.take_changes().empty()) << "the store has it";
  next.add_sample(sample(kName));
  EXPECT_EQ(describe(next.take_changes()), "-2\n7 {} []\n") << "numbers go on";
}

TEST_F(EventLibraryTest, ForgetsWhatIsKnownFromAPerson) {
  see(R"({"userid":5,"a":1,"b":1})");
  (void)library_.take_changes();
  see(R"({"userid":6,"b":2})");
  library_.add_sample(sample(kName, R"({"userid":5})"));
  library_.add_sample(sample(kName, R"({"userid":6})"));
  (void)library_.take_changes();
  library_.forget("elsewhere", 5);
  EXPECT_EQ(field("a"), "integer 1");
  library_.forget("main", 5);
  EXPECT_EQ(field("a"), "?");
  EXPECT_EQ(field("b"), "integer 2");
  EXPECT_EQ(library_.names().at(0).samples, 1u);
  EXPECT_EQ(library_.sample(kName)->body, R"({"userid":6})");
  // The store has b and userid from the person too: it is told from whom they are known now.
  EXPECT_EQ(describe(library_.take_changes()),
            "-a\nb integer 2 main [6]\nuserid integer 6 main [6]\n-1\n");
  EXPECT_TRUE(library_.take_changes().empty());
  library_.forget("main", 6);
  EXPECT_FALSE(library_.sample("*"));
  EXPECT_TRUE(library_.fields(kName).empty());
}

TEST_F(EventLibraryTest, WhatWasForgottenIsLearntFromTheNextEvent) {
  for (int i = 0; i < 100; ++i)
    library_.count(kName, {});
  EXPECT_FALSE(library_.count(kName, {}));
  see(R"({"userid":5})");
  library_.forget("main", 5);
  EXPECT_TRUE(library_.count(kName, {}));
  EXPECT_FALSE(library_.count(kName, {}));
}

TEST_F(EventLibraryTest, OfAnEventThatIsNotKeptPathsAndTypesAreLeft) {
  see(R"({"userid":5,"a":"x","b":[1]})", at(1));
  see(R"({"userid":6,"c":1})", at(2));
  (void)library_.take_changes();
  library_.expire({.examples = at(2)});
  EXPECT_EQ(field("a"), "string ");
  EXPECT_EQ(field("b"), "array ");
  EXPECT_EQ(field("userid"), "integer 6");
  EXPECT_EQ(field("c"), "integer 1");
  library_.expire({.examples = at(3)});
  EXPECT_EQ(field("userid"), "integer ");
  library_.forget("main", 6);
  EXPECT_EQ(field("userid"), "integer ") << "nobody is known from it";
  see(R"({"a":"y"})", at(4));
  EXPECT_EQ(field("a"), "string \"y\"");
  EXPECT_EQ(describe(library_.take_changes()), "a string \"y\" main []\n") << "that is new again";
}

TEST_F(EventLibraryTest, WhatIsNotKeptBeforeItWasToldOfIsToldWithoutAnExample) {
  see(R"({"userid":5})", at(1));
  library_.expire({.examples = at(2)});
  EXPECT_EQ(describe(library_.take_changes()), "userid integer   []\n");
}

TEST_F(EventLibraryTest, ANewerExampleIsToldOfWhenTheStoreHasLetGoOfTheOther) {
  see(R"({"userid":5})", at(1));
  (void)library_.take_changes();
  see(R"({"userid":6})", at(5));
  library_.expire({.examples = at(1)});
  EXPECT_TRUE(library_.take_changes().empty());
  library_.expire({.examples = at(2)});
  EXPECT_EQ(describe(library_.take_changes()), "userid integer 6 main [6]\n");
  library_.expire({.examples = at(4)});
  EXPECT_TRUE(library_.take_changes().empty()) << "once";
}

TEST_F(EventLibraryTest, AfterItsExamplesAreGoneTheNextEventOfANameIsLearntFrom) {
  for (int i = 0; i < 100; ++i)
    library_.count(kName, at(1));
  see(R"({"userid":5})", at(1));
  library_.expire({.examples = at(2)});
  EXPECT_TRUE(library_.count(kName, at(3)));
  library_.expire({.examples = at(3)});
  EXPECT_FALSE(library_.count(kName, at(3))) << "nothing was left to go";
}

TEST_F(EventLibraryTest, SamplesThatAreTooOldGo) {
  for (int i = 1; i <= 3; ++i) {
    auto event = std::make_shared<core::Event>(*sample(kName, fmt::format("{}", i)));
    event->accepted = at(i);
    library_.add_sample(std::move(event));
  }
  (void)library_.take_changes();
  library_.expire({.samples = at(3)});
  EXPECT_EQ(library_.names().at(0).samples, 1u);
  EXPECT_EQ(describe(library_.take_changes()), "-1\n-2\n");
  library_.expire({.samples = at(4)});
  EXPECT_FALSE(library_.sample("*"));
}

TEST_F(EventLibraryTest, ManyNamesAreLookedThroughInParts) {
  std::string body = "{\"f\":1";
  for (std::size_t i = 1; i < EventLibrary::kMostMembers; ++i)
    body += fmt::format(",\"f{}\":1", i);
  body += "}";
  const std::size_t names = 3 * EventLibrary::kMostExpired / EventLibrary::kMostMembers;
  for (std::size_t i = 0; i < names; ++i)
    see(body, at(1), fmt::format("\\a\\event\\n{}", i));
  const auto left = [&] {
    std::size_t shown = 0;
    for (const auto& known : library_.names())
      shown += library_.fields(known.name).at(0).example.empty() ? 0 : 1;
    return shown;
  };
  library_.expire({.examples = at(2)});
  EXPECT_GT(left(), names / 2);
  for (int i = 0; i < 3; ++i)
    library_.expire({.examples = at(2)});
  EXPECT_EQ(left(), 0u);
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
