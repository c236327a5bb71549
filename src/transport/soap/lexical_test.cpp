#include "transport/soap/lexical.hpp"

#include <gtest/gtest.h>

#include "transport/soap/names.hpp"

namespace mih::transport::soap {
namespace {

class Lexicals : public ::testing::Test {
 protected:
  const Type& type(const std::string& name) {
    return *schema_->type({std::string{ns::kXsd}, name});
  }
  std::string text(const std::string& type_name, std::string_view json) {
    json::Document document;
    EXPECT_TRUE(document.parse(json)) << json;
    const auto written = to_lexical(type(type_name), document.root());
    return written ? *written : "refused";
  }
  std::string json(const std::string& type_name, std::string_view xml) {
    json::Writer out;
    write_value(out, type(type_name), xml);
    return out.take();
  }

  std::unique_ptr<const Schema> schema_ = std::move(*Schema::build({}));
};

TEST_F(Lexicals, Integers) {
  EXPECT_EQ(text("int", "5"), "5");
  EXPECT_EQ(text("int", "\" +007 \""), "7");
  EXPECT_EQ(text("int", "5.0"), "5");
  EXPECT_EQ(text("int", "1e3"), "1000");
  EXPECT_EQ(text("long", "9223372036854775807"), "9223372036854775807");
  EXPECT_EQ(text("unsignedLong", "18446744073709551615"), "18446744073709551615");
  EXPECT_EQ(text("integer", "123456789012345678901234567890"), "123456789012345678901234567890");
  for (const char* bad :
       {"5.5", "2147483648", "-2147483649", "\"\"", "\"five\"", "true", "[1]", "{}"}) {
    EXPECT_EQ(text("int", bad), "refused") << bad;
  }
  EXPECT_EQ(text("positiveInteger", "0"), "refused");
  EXPECT_EQ(text("nonPositiveInteger", "1"), "refused");
  EXPECT_EQ(text("long", "9223372036854775808"), "refused");
}

TEST_F(Lexicals, DecimalsAndFloats) {
  EXPECT_EQ(text("decimal", "129.950"), "129.950");
  EXPECT_EQ(text("decimal", "1.5e2"), "150");
  EXPECT_EQ(text("decimal", "\"-.5\""), "-0.5");
  EXPECT_EQ(text("decimal", "\"1,5\""), "refused");
  EXPECT_EQ(text("decimal", "1e400"), "refused");
  EXPECT_EQ(text("double", "1e-9"), "1e-9");
  EXPECT_EQ(text("double", "\"INF\""), "INF");
  EXPECT_EQ(text("float", "\"x\""), "refused");
}

TEST_F(Lexicals, Booleans) {
  for (const char* yes : {"true", "1", "\"1\"", "\"true\""})
    EXPECT_EQ(text("boolean", yes), "true");
  for (const char* no : {"false", "0", "\"0\""})
    EXPECT_EQ(text("boolean", no), "false");
  for (const char* bad : {"2", "\"yes\"", "\"\"", "null"})
    EXPECT_EQ(text("boolean", bad), "refused");
}

TEST_F(Lexicals, Moments) {
  EXPECT_EQ(text("dateTime", "1708258939"), "2024-02-18T12:22:19Z");
  EXPECT_EQ(text("dateTime", "-1"), "1969-12-31T23:59:59Z");
  EXPECT_EQ(text("dateTime", "\"2024-02-18 12:22:19.5+01:00\""), "2024-02-18T12:22:19.5+01:00");
  EXPECT_EQ(text("dateTime", "\"2024-02-30T00:00:00Z\""), "refused");
  EXPECT_EQ(text("dateTime", "\"1708258939\""), "refused");
  EXPECT_EQ(text("dateTime", "253402300800"), "refused");
  EXPECT_EQ(text("date", "1708258939"), "2024-02-18");
  EXPECT_EQ(text("date", "\"2024-02-18T12:22:19Z\""), "2024-02-18");
  EXPECT_EQ(text("date", "\"2024-02-18+01:00\""), "2024-02-18+01:00");
  EXPECT_EQ(text("date", "\"18.02.2024\""), "refused");
  EXPECT_EQ(text("time", "\"12:22\""), "12:22:00");
  EXPECT_EQ(text("time", "\"25:00:00\""), "refused");
}

TEST_F(Lexicals, TextAndBytes) {
  EXPECT_EQ(text("string", "129.950"), "129.950");
  EXPECT_EQ(text("string", "true"), "true");
  EXPECT_EQ(text("string", "\" a\\n\""), " a\n");
  EXPECT_EQ(text("string", "[]"), "refused");
  EXPECT_EQ(text("base64Binary", "\"SGVs bG8=\""), "SGVsbG8=");
  EXPECT_EQ(text("base64Binary", "\"SGVsbG8\""), "refused");
  EXPECT_EQ(text("hexBinary", "\"0aFF\""), "0aFF");
  EXPECT_EQ(text("hexBinary", "\"0aF\""), "refused");
  EXPECT_EQ(text("NMTOKENS", "[\"a\",\"b\"]"), "a b");
}

TEST_F(Lexicals, BackToJson) {
  EXPECT_EQ(json("int", " 007 "), "7");
  EXPECT_EQ(json("int", "+5"), "5");
  EXPECT_EQ(json("int", "x"), "\"x\"");
  EXPECT_EQ(json("int", ""), "null");
  EXPECT_EQ(json("decimal", "129.950"), "129.950");
  EXPECT_EQ(json("decimal", ".5"), "0.5");
  EXPECT_EQ(json("double", "1.0E7"), "1.0E7");
  EXPECT_EQ(json("double", "NaN"), "\"NaN\"");
  EXPECT_EQ(json("boolean", "1"), "true");
  EXPECT_EQ(json("boolean", "false"), "false");
  EXPECT_EQ(json("string", " 007 "), "\" 007 \"");
  EXPECT_EQ(json("dateTime", " 2024-02-18T12:22:19Z "), "\"2024-02-18T12:22:19Z\"");
  EXPECT_EQ(json("NMTOKENS", " a  b "), "[\"a\",\"b\"]");
}

}  // namespace
}  // namespace mih::transport::soap
