#include "cli/terminal.hpp"

#include <gmock/gmock.h>

namespace mih::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Parsed {
  explicit Parsed(std::string json) : text(std::move(json)) {
    EXPECT_TRUE(document.parse(text).has_value()) << text;
  }
  std::string text;
  json::Document document;
};

TEST(Terminal, ControlCharactersAreHarmless) {
  EXPECT_EQ(harmless("\x1b[31mred\x07"), "\uFFFD[31mred\uFFFD");
  EXPECT_EQ(harmless("a\nb\tc"), "a\uFFFDb\uFFFDc");
  EXPECT_EQ(harmless("a\nb\tc\r", true), "a\nb\tc\uFFFD");
  EXPECT_EQ(harmless("\xc2\x9b"
                     "31m"),
            "\uFFFD31m");
  EXPECT_EQ(harmless("\x7f"), "\uFFFD");
  EXPECT_EQ(harmless("a\u202Egpj.exe\u2066\u200F\u2028\u061C\u2070"),
            "a\uFFFDgpj.exe\uFFFD\uFFFD\uFFFD\uFFFD\u2070");
  EXPECT_EQ(harmless("ñandú 漢字 \xc2\xa0"), "ñandú 漢字 \xc2\xa0");
}

TEST(Terminal, TablesAlignAndFollowPaths) {
  const Parsed items(R"([{"name":"crm","circuit":{"state":"open"},"on":true,"n":null},
                         {"name":"añb-long","circuit":{},"on":false,"n":12.50}])");
  const Column columns[] = {
      {"NAME", "name"}, {"CIRCUIT", "circuit.state"}, {"ON", "on"}, {"N", "n"}};
  EXPECT_EQ(table(items.document.root(), columns),
            "NAME      CIRCUIT  ON   N\n"
            "crm       open     yes  -\n"
            "añb-long  -        no   12.50\n");
}

TEST(Terminal, AnEmptyTableSaysSo) {
  const Parsed items("[]");
  const Column columns[] = {{"NAME", "name"}};
  EXPECT_EQ(table(items.document.root(), columns), "none\n");
}

TEST(Terminal, LongCellsAreCutAtACharacter) {
  std::string text;
  for (int i = 0; i < 100; ++i)
    text += "ñ";
  const Parsed items("[{\"a\":\"" + text + "\"}]");
  const Column columns[] = {{"A", "a"}};
  const std::string shown = table(items.document.root(), columns);
  EXPECT_THAT(shown, HasSubstr("ñ…\n"));
  EXPECT_TRUE(json::is_utf8(shown));
  EXPECT_LT(shown.size(), 150U);
}

TEST(Terminal, TablesCannotBeFaked) {
  const Parsed items(R"([{"a":"x\ny"}])");
  const Column columns[] = {{"A", "a"}};
  EXPECT_EQ(table(items.document.root(), columns), "A\nx\uFFFDy\n");
}

TEST(Terminal, DetailsNestAndShowLines) {
  const Parsed object(R"({"id":1,"circuit":{"state":"open"},"payload":"{\n}","none":null,"list":[],
    "attempts":[{"n":1,"error":"HTTP 500"},{"n":2,"error":null}],"retry_on":["5xx"]})");
  EXPECT_EQ(details(object.document.root()),
            "id        1\n"
            "circuit\n"
            "  state  open\n"
            "payload\n"
            "  {\n"
            "  }\n"
            "none      -\n"
            "list      -\n"
            "attempts\n"
            "  n  error\n"
            "  1  HTTP 500\n"
            "  2  -\n"
            "retry_on\n"
            "  5xx\n");
}

TEST(Terminal, AProblemShowsDetailFieldsAndThePlace) {
  const std::string text =
      problem_text(422,
                   R"({"status":422,"detail":"The template is wrong.","errors":[
          {"field":"payload_template","line":2,"column":4,"message":"unknown name usreid"},
          {"field":"name","message":"is missing"}]})",
                   R"({"payload_template":"{\"id\":\n {{usreid}}}"})");
  EXPECT_EQ(text,
            "mih: The template is wrong.\n"
            "  payload_template, line 2, column 4: unknown name usreid\n"
            "       {{usreid}}}\n"
            "         ^\n"
            "  name: is missing\n");
}

TEST(Terminal, AFaultThatTheDetailTellsIsNotRepeated) {
  EXPECT_EQ(problem_text(422,
                         R"({"detail":"timeout: must be a number; name: is missing","errors":[
          {"field":"timeout","message":"must be a number"},{"field":"type","message":"is wrong"}]})",
                         ""),
            "mih: timeout: must be a number; name: is missing\n"
            "  type: is wrong\n");
}

TEST(Terminal, PlacesThatAreNotInTheTextAreLeftOut) {
  for (const char* place : {R"("line":3,"column":1)", R"("line":1,"column":99)",
                            R"("line":1,"column":0)", R"("line":-1,"column":1)",
                            R"("line":99999999999,"column":1)", R"("line":"x","column":[])"}) {
    const std::string text = problem_text(
        422,
        std::string{R"({"detail":"wrong","errors":[{"field":"f","message":"is bad",)"} + place +
            "}]}",
        R"({"f":"abc"})");
    EXPECT_THAT(text, Not(HasSubstr("^"))) << place;
    EXPECT_THAT(text, HasSubstr("is bad\n"));
  }
}

TEST(Terminal, NamesOfMembersAreHarmlessToo) {
  json::Document document;
  ASSERT_TRUE(document.parse(
      R"({"other":{"\u001b[2J":"\u001b[1m","list":[{"a\u001b]0;x\u0007\u202e":1}]}})"));
  const auto text = details(document.root());
  EXPECT_EQ(text.find_first_of("\x1b\x07"), std::string::npos) << text;
  EXPECT_THAT(text, Not(HasSubstr("\u202e")));
  EXPECT_THAT(text, HasSubstr("1\n"));
}

TEST(Terminal, AnAnswerThatIsNoProblemIsShownShortened) {
  EXPECT_EQ(problem_text(502, "<html>\x1b[2J", ""),
            "mih: the answer was HTTP 502\n<html>\uFFFD[2J\n");
  EXPECT_EQ(problem_text(500, "{}", ""), "mih: HTTP 500\n");
  EXPECT_EQ(problem_text(500, R"({"detail":[],"errors":[1,null]})", ""), "mih: HTTP 500\n");
}

}  // namespace
}  // namespace mih::cli
