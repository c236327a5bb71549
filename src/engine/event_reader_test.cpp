#include "engine/event_reader.hpp"

#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/random_json.hpp"

namespace mih::engine {
namespace {

using ::testing::HasSubstr;

const Now kNow{from_unix_ms(1'708'258'939'123), SteadyTime{}};

using Outcome = std::expected<std::shared_ptr<core::Event>, Rejection>;

Outcome read(std::string_view text, std::string_view token_site = "", bool keep = false) {
  json::Document document;
  EXPECT_TRUE(document.parse(text)) << text;
  return read_event(document.root(), token_site, kNow, keep);
}

/// The stored body of an event that is accepted.
std::string body(std::string_view text, std::string_view token_site = "", bool keep = false) {
  const Outcome outcome = read(text, token_site, keep);
  EXPECT_TRUE(outcome) << text << ": " << (outcome ? "" : outcome.error().error);
  return outcome ? (*outcome)->body : "";
}

Rejection rejection(std::string_view text, std::string_view token_site = "") {
  const Outcome outcome = read(text, token_site);
  EXPECT_FALSE(outcome) << text;
  return outcome ? Rejection{} : outcome.error();
}

/// An event with all that is required and these further members.
std::string event_with(std::string_view members) {
  return R"({"id":"e1","site":"s","eventname":"\\a\\b","timecreated":1)" +
         std::string{members.empty() ? "" : ","} + std::string{members} + "}";
}

TEST(EventReader, ACompleteEventIsKeptByteForByte) {
  const std::string text =
      " \n{ \"id\" : \"e1\",\"site\":\"s\", \"eventname\":\"\\\\core\\\\event\\\\user_created\" ,"
      "\"timecreated\":1708258939, \"other\":{\"price\":129.950,\"idnumber\":\"007\",\"x\":1e400,"
      "\"l\":\"\\ud800\"},\"userid\":-1 }\t";
  const Outcome outcome = read(text);
  ASSERT_TRUE(outcome);
  EXPECT_EQ((*outcome)->body, text.substr(2, text.size() - 3));
  EXPECT_EQ((*outcome)->id, "e1");
  EXPECT_EQ((*outcome)->site, "s");
  EXPECT_EQ((*outcome)->name, "\\core\\event\\user_created");
  EXPECT_EQ((*outcome)->accepted, kNow.wall);
}

TEST(EventReader, MissingIdSiteAndTimeAreAppended) {
  const Outcome outcome = read(R"({"eventname":"core\\event\\x" })");
  ASSERT_TRUE(outcome);
  const core::Event& event = **outcome;
  EXPECT_EQ(event.id.size(), 36U);
  EXPECT_EQ(event.body, R"({"eventname":"\\core\\event\\x" ,"id":")" + event.id +
                            R"(","site":"default","timecreated":1708258939})");
  EXPECT_EQ(event.name, "\\core\\event\\x");
  EXPECT_EQ(event.site, "default");
}

TEST(EventReader, DigitsInQuotesBecomeIntegersInMoodlesNumberFields) {
  for (const std::string_view field :
       {"objectid", "contextid", "contextlevel", "contextinstanceid", "userid", "courseid",
        "relateduserid", "realuserid", "edulevel", "anonymous"}) {
    const auto with = [field](std::string_view value) {
      return event_with("\"" + std::string{field} + "\":" + std::string{value});
    };
    EXPECT_EQ(body(with("\"5\"")), with("5"));
    EXPECT_EQ(body(with("\"-12\"")), with("-12"));
    EXPECT_EQ(body(with("\"007\"")), with("7"));
    EXPECT_EQ(body(with("\"-0\"")), with("0"));
    EXPECT_EQ(body(with("\"\\u0035\"")), with("5"));
    EXPECT_EQ(body(with("\"999999999999999999\"")), with("999999999999999999"));
    for (const std::string_view kept :
         {"5", "-1", "null", "true", "\"\"", "\"-\"", "\"+5\"", "\"5.0\"", "\" 5\"", "\"5 \"",
          "\"1234567890123456789\"", "[\"5\"]", "{}", "1.50", "1e3", "\"5\\u0000\""}) {
      EXPECT_EQ(body(with(kept)), with(kept));
    }
  }
}

TEST(EventReader, OnlyTheTopLevelIsTouched) {
  const std::string text =
      event_with(R"("component":"5","idnumber":"007","other":{"userid":"5","eventname":"a\\b"})");
  EXPECT_EQ(body(text), text);
}

TEST(EventReader, TimecreatedFollowsTheIntegerRule) {
  EXPECT_EQ(body(R"({"id":"e","site":"s","eventname":"\\a\\b","timecreated":"17"})"),
            R"({"id":"e","site":"s","eventname":"\\a\\b","timecreated":17})");
  EXPECT_EQ(body(R"({"id":"e","site":"s","eventname":"\\a\\b","timecreated":null})"),
            R"({"id":"e","site":"s","eventname":"\\a\\b","timecreated":null})");
}

TEST(EventReader, EventnameIsRequiredAndChecked) {
  EXPECT_THAT(rejection(R"({"id":"e"})").error, HasSubstr("eventname is missing"));
  for (const std::string_view bad :
       {"null", "5", "[]", "\"\"", "\"user_created\"", "\"\\\\\"", "\"\\\\a\"", "\"\\\\a\\\\\"",
        "\"\\\\\\\\a\\\\b\"", "\"a\\\\b c\"", "\"a\\\\b\\n\"", "\"a.b\"", "\"a\\\\\\u00e9\"",
        "\"a\\\\*\""}) {
    const Rejection refused = rejection("{\"eventname\":" + std::string{bad} + "}");
    EXPECT_EQ(refused.code, "validation_failed");
    EXPECT_THAT(refused.error, HasSubstr("eventname"));
  }
  const auto named = [](std::size_t size) {
    return "{\"eventname\":\"a\\\\" + std::string(size - 2, 'b') + "\"}";
  };
  EXPECT_TRUE(read(named(255)));
  EXPECT_FALSE(read(named(256)));
}

TEST(EventReader, AGivenIdMustBeVisibleAscii) {
  for (const std::string_view bad :
       {"null", "5", "\"\"", "\"a b\"", "\"a\\u0000\"", "\"\\u00e9\"", "\"a\\n\"", "[]", "true"}) {
    EXPECT_THAT(rejection("{\"eventname\":\"a\\\\b\",\"id\":" + std::string{bad} + "}").error,
                HasSubstr("id must be"));
  }
  const auto with_id = [](std::string_view id) {
    return read("{\"eventname\":\"a\\\\b\",\"id\":\"" + std::string{id} + "\"}");
  };
  EXPECT_EQ((*with_id(std::string(64, '~')))->id, std::string(64, '~'));
  EXPECT_EQ((*with_id("\\u0041\\\"\\/"))->id, "A\"/");
  EXPECT_FALSE(with_id(std::string(65, 'a')));
}

TEST(EventReader, TheSiteIsTheTokens) {
  const std::string none = R"({"id":"e","eventname":"\\a\\b","timecreated":1})";
  EXPECT_EQ((*read(none, "campus"))->site, "campus");
  EXPECT_THAT(body(none, "campus"), HasSubstr(R"(,"site":"campus"})"));
  EXPECT_EQ((*read(event_with(""), "s"))->site, "s");
  EXPECT_EQ(rejection(event_with(""), "campus").code, "wrong_site");
  EXPECT_EQ((*read(R"({"eventname":"a\\b","site":null})", "campus"))->site, "campus");
  EXPECT_THAT(body(R"({"eventname":"a\\b","site":null})"), HasSubstr(R"("site":"default")"));
  for (const std::string_view bad : {"5", "\"\"", "\"a\\u0000b\"", "{}"}) {
    EXPECT_EQ(rejection("{\"eventname\":\"a\\\\b\",\"site\":" + std::string{bad} + "}").code,
              "validation_failed");
  }
}

TEST(EventReader, AnonymousEventsLoseTheirIdentities) {
  constexpr std::string_view kPeople =
      R"("userid":5,"relateduserid":"6","realuserid":null,"ip":"10.0.0.1","courseid":"2")";
  constexpr std::string_view kHidden =
      R"("userid":null,"relateduserid":null,"realuserid":null,"ip":null,"courseid":2)";
  constexpr std::string_view kShown =
      R"("userid":5,"relateduserid":6,"realuserid":null,"ip":"10.0.0.1","courseid":2)";
  const auto with = [](std::string_view anonymous, std::string_view people) {
    return event_with("\"anonymous\":" + std::string{anonymous} + "," + std::string{people});
  };
  EXPECT_EQ(body(with("1", kPeople)), with("1", kHidden));
  EXPECT_EQ(body(with("\"1\"", kPeople)), with("1", kHidden));
  EXPECT_EQ(body(with("\"01\"", kPeople)), with("1", kHidden));
  EXPECT_EQ(body(with("true", kPeople)), with("true", kHidden));
  EXPECT_EQ(body(with("1.0", kPeople)), with("1.0", kHidden));
  for (const std::string_view no : {"0", "\"0\"", "null", "false", "2", "\"\"", "[1]"}) {
    EXPECT_THAT(body(with(no, kPeople)), HasSubstr(kShown)) << no;
  }
  EXPECT_EQ(body(with("1", kPeople), "", true), with("1", kShown)) << "a rule includes them";
}

TEST(EventReader, OfMembersWithOneNameOnlyTheLastIsKept) {
  EXPECT_EQ(body(R"({"id":"x","userid":"1","site":"s","id":"e1", "eventname":"\\x\\y" ,)"
                 R"("timecreated":1,"userid":"2","eventname":"\\a\\b"})"),
            R"({"site":"s","id":"e1", "timecreated":1,"userid":2,"eventname":"\\a\\b"})");
  EXPECT_EQ(body(event_with(R"("z":1,"q":2,"\u007a":3,"z":4)")), event_with(R"("q":2,"z":4)"));
  const std::string hidden = body(event_with(
      R"("userid":5,"anonymous":0,"\u0075serid":6,"\u0061nonymous":1,"ip":"1","ip":"2")"));
  EXPECT_EQ(hidden, event_with(R"("\u0075serid":null,"\u0061nonymous":1,"ip":null)"));
}

TEST(EventReader, ManyDuplicatesStayCheap) {
  std::string members;
  for (int i = 0; i < 60'000; ++i)
    members += "\"a" + std::to_string(i % 30'000) + "\":1,";
  const std::string kept = body(event_with(members + "\"z\":0"));
  EXPECT_EQ(nlohmann::json::parse(kept).size(), 30'005U);
  EXPECT_EQ(std::ranges::count(kept, ':'), 30'005);
}

TEST(EventReader, SizeAndKindAreChecked) {
  for (const std::string_view bad : {"null", "[]", "5", "\"x\"", "true"}) {
    EXPECT_EQ(rejection(bad).code, "validation_failed");
  }
  const auto sized = [](std::size_t size) {
    const std::string empty = event_with(R"("other":"")");
    return event_with("\"other\":\"" + std::string(size - empty.size(), 'x') + "\"");
  };
  EXPECT_TRUE(read(sized(kMaxEventBytes)));
  EXPECT_EQ(rejection(sized(kMaxEventBytes + 1)).code, "too_large");
}

TEST(EventReader, ReadsAnElementOfABatchWhereItStands) {
  const std::string batch =
      "[" + event_with("\"userid\":\"1\"") + ", " + event_with("\"userid\":\"2\"") + "]";
  json::Document document;
  ASSERT_TRUE(document.parse(batch));
  const Outcome second = read_event(*document.root().at(1), "", kNow, false);
  ASSERT_TRUE(second);
  EXPECT_EQ((*second)->body, event_with("\"userid\":2"));
}

TEST(EventReader, AnyObjectGivesABodyThatIsJsonAndReadsTheSameAgain) {
  test::RandomJson random{21};
  int accepted = 0;
  for (int i = 0; i < 5000; ++i) {
    static constexpr std::array<std::string_view, 12> kNames{
        "id",       "site",  "eventname",   "userid", "ip",       "anonymous",
        "courseid", "other", "timecreated", "x",      "\\u0069d", "useri\\u0064"};
    static constexpr std::array<std::string_view, 6> kValues{
        "\"1\"", "1", "\"\\\\a\\\\b\"", "\"a\\\\b\"", "\"e7\"", "null"};
    std::string text = "{\"eventname\":\"c\\\\d\"";
    for (std::size_t members = random.below(8); members > 0; --members) {
      text += ",\"" + std::string{random.pick(kNames)} +
              "\":" + (random.below(3) == 0 ? random.value(3) : std::string{random.pick(kValues)});
    }
    text += "}";
    const Outcome outcome = read(text);
    if (!outcome) continue;
    ++accepted;
    const core::Event& event = **outcome;
    const auto stored = nlohmann::json::parse(event.body);
    ASSERT_EQ(stored["eventname"].get<std::string>(), event.name) << text;
    ASSERT_EQ(stored["id"].get<std::string>(), event.id) << text;
    ASSERT_EQ(stored["site"].get<std::string>(), event.site) << text;
    ASSERT_TRUE(stored.contains("timecreated")) << text;
    if (stored.contains("anonymous") && stored["anonymous"] == 1 && stored.contains("userid")) {
      ASSERT_TRUE(stored["userid"].is_null()) << text;
    }
    ASSERT_EQ(body(event.body), event.body) << text;
  }
  EXPECT_GT(accepted, 1000);
}

TEST(EventReader, EveryRecordedEventIsAccepted) {
  std::ifstream file{MIH_TEST_DATA "/events-sample.ndjson"};
  std::string line;
  int events = 0;
  while (std::getline(file, line)) {
    const Outcome outcome = read(line);
    ASSERT_TRUE(outcome) << line;
    const auto posted = nlohmann::json::parse(line);
    const auto stored = nlohmann::json::parse((*outcome)->body);
    for (const auto& [name, value] : posted.items()) {
      const bool number = stored[name].is_number_integer();
      if (number && value.is_string()) {
        ASSERT_EQ(std::to_string(stored[name].get<std::int64_t>()), value.get<std::string>())
            << line;
      } else if (posted["anonymous"] != 1 && posted["anonymous"] != "1") {
        ASSERT_EQ(stored[name], value) << name << " in " << line;
      }
    }
    ++events;
  }
  EXPECT_EQ(events, 722);
}

TEST(WithoutIdentities, HidesThemInAStoredEvent) {
  json::Document document;
  ASSERT_TRUE(document.parse(R"({"userid" : 5,"ip":"x","other":{"userid":5},"anonymous":1})"));
  EXPECT_TRUE(is_anonymous(document.root()));
  EXPECT_EQ(without_identities(document.root()),
            R"({"userid" : null,"ip":null,"other":{"userid":5},"anonymous":1})");
  ASSERT_TRUE(document.parse(R"({"userid":5})"));
  EXPECT_FALSE(is_anonymous(document.root()));
}

}  // namespace
}  // namespace mih::engine
