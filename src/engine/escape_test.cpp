#include "engine/escape.hpp"

#include <gtest/gtest.h>

namespace mih::engine {
namespace {

template <class Append>
std::string made(Append append, std::string_view text) {
  std::string out = ">";
  append(out, text);
  return out;
}

TEST(Escape, UrlPartsCannotLeaveTheirPlace) {
  EXPECT_EQ(made(append_url_encoded, "aZ09-._~"), ">aZ09-._~");
  EXPECT_EQ(made(append_url_encoded, "a/b?c#d&e=f%20 \r\nñ"),
            ">a%2Fb%3Fc%23d%26e%3Df%2520%20%0D%0A%C3%B1");
}

TEST(Escape, FormWritesSpacesAsPlus) {
  EXPECT_EQ(made(append_form_encoded, "a b+c"), ">a+b%2Bc");
}

TEST(Escape, XmlTextAndAttributes) {
  EXPECT_EQ(made(append_xml_escaped, "<a b=\"c\" d='e'>&ñ"),
            ">&lt;a b=&quot;c&quot; d=&apos;e&apos;&gt;&amp;ñ");
  EXPECT_EQ(made(append_xml_escaped, std::string_view("a\0\x01\x1F\t\n\r", 7)), ">a\t\n&#13;");
  EXPECT_EQ(made(append_xml_escaped, "]]>\xEF\xBF\xBE\xEF\xBF\xBF\xEF\xBF\xBD"),
            ">]]&gt;\xEF\xBF\xBD");
}

TEST(Escape, HeadersHoldNoControls) {
  EXPECT_EQ(made(append_header_text, "a\r\nX-Evil: 1\x7F\tñ"), ">aX-Evil: 1ñ");
}

TEST(UrlLiteral, KeepsWhatAUrlCanHold) {
  EXPECT_EQ(url_literal("/a/b;v=1/?q=%20&x[]=1#f"), "/a/b;v=1/?q=%20&x[]=1#f");
  EXPECT_EQ(url_literal("/a b\r\n/ñ\"%2"), "/a%20b%0D%0A/%C3%B1%22%252");
  EXPECT_EQ(url_literal("\\%zz"), "%5C%25zz");
}

TEST(DotSegment, KnowsItsSpellings) {
  for (const std::string_view dots : {".", "..", "%2e", "%2E.", ".%2e", "%2E%2e"}) {
    EXPECT_TRUE(is_dot_segment(dots)) << dots;
  }
  for (const std::string_view other : {"", "...", "a.", ".a", "%2f", "%252e"}) {
    EXPECT_FALSE(is_dot_segment(other)) << other;
  }
}

}  // namespace
}  // namespace mih::engine
