#include "transport/soap/xml.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace mih::transport::soap {
namespace {

using ::testing::HasSubstr;

std::string refusal(std::string_view bytes, const XmlLimits& limits = {}) {
  const auto parsed = XmlDocument::parse(bytes, limits);
  return parsed ? "accepted" : parsed.error().detail;
}

TEST(Xml, KeepsElementsAttributesTextAndNamespaces) {
  const auto document = XmlDocument::parse(
      "\n<?xml version=\"1.0\"?><a xmlns='urn:d' xmlns:p='urn:p' p:x='1' y='&lt;&#233;'>"
      "t&amp;<![CDATA[<u>]]><p:b/><!-- no --><b xmlns=''>v</b></a>");
  ASSERT_TRUE(document) << document.error().detail;
  const Element& a = document->root();
  EXPECT_TRUE(a.is("urn:d", "a"));
  EXPECT_EQ(a.text, "t&<u>");
  EXPECT_EQ(a.value("x", "urn:p"), "1");
  EXPECT_EQ(a.value("y"), "<\xC3\xA9");
  EXPECT_EQ(a.find("z"), nullptr);
  ASSERT_EQ(a.children.size(), 2U);
  EXPECT_TRUE(a.children[0]->is("urn:p", "b"));
  EXPECT_EQ(a.child("", "b")->text, "v");
  EXPECT_EQ(a.children[0]->resolve("p:q"), (QName{"urn:p", "q"}));
  EXPECT_EQ(a.children[0]->resolve(" q "), (QName{"urn:d", "q"}));
  EXPECT_EQ(a.children[1]->resolve("q"), (QName{"", "q"}));
  EXPECT_TRUE(a.resolve("unknown:q").empty());
}

TEST(Xml, ReadsTheEncodingsThatServersUse) {
  EXPECT_EQ(
      XmlDocument::parse("<?xml version='1.0' encoding='ISO-8859-1'?><a>\xE9</a>")->root().text,
      "\xC3\xA9");
  EXPECT_EQ(XmlDocument::parse("\xEF\xBB\xBF<a>x</a>")->root().text, "x");
  EXPECT_THAT(refusal("<?xml version='1.0' encoding='UTF-7'?><a/>"), HasSubstr("UTF-7"));
}

TEST(Xml, SaysWhereItIsNotWellFormed) {
  EXPECT_THAT(refusal("<a>\n<b></a>"), HasSubstr("(line 2)"));
  EXPECT_EQ(refusal("  \n"), "it is empty");
  for (const char* text : {"<a>", "<a/><b/>", "text", "<a b='1' b='2'/>", "<p:a/>", "<a>&x;</a>",
                           "{\"a\": 1}", "<a>\x01</a>", "<a>\xFF</a>"}) {
    EXPECT_THAT(refusal(text), HasSubstr("not well-formed")) << text;
  }
}

TEST(Xml, RefusesDocumentTypesAndWithThemEntities) {
  constexpr std::string_view kReason = "document type";
  EXPECT_THAT(refusal("<!DOCTYPE a><a/>"), HasSubstr(kReason));
  EXPECT_THAT(refusal("<!DOCTYPE a SYSTEM 'http://127.0.0.1:1/x.dtd'><a/>"), HasSubstr(kReason));
  EXPECT_THAT(refusal("<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>"),
              HasSubstr(kReason));
  EXPECT_THAT(refusal("<!DOCTYPE a [<!ENTITY x 'lol'><!ENTITY y '&x;&x;&x;'>]><a b='&y;'/>"),
              HasSubstr(kReason));
}

TEST(Xml, LimitsSizeDepthElementsAndAttributes) {
  std::string deep;
  for (int i = 0; i < 200; ++i)
    deep += "<a>";
  EXPECT_THAT(refusal(deep), HasSubstr("nested over 128 deep"));
  EXPECT_THAT(refusal("<a><b/><b/></a>", {.max_elements = 2}), HasSubstr("over 2 elements"));
  EXPECT_THAT(refusal(std::string(2048, ' ') + "<a/>", {.max_bytes = 1024}),
              HasSubstr("larger than 1 KiB"));
  std::string wide = "<a";
  for (int i = 0; i < 1001; ++i)
    wide += fmt::format(" a{}='>'", i);
  EXPECT_THAT(refusal(wide + "/>"), HasSubstr("over 1000 attributes"));
}

TEST(AppendXml, EscapesAndReplacesWhatXmlCannotHold) {
  std::string out;
  append_xml(out, "<a b=\"c\">&\r\t\xC3\xA9\x0B\xFF");
  EXPECT_EQ(out, "&lt;a b=&quot;c&quot;&gt;&amp;&#13;\t\xC3\xA9\xEF\xBF\xBD\xEF\xBF\xBD");
}

}  // namespace
}  // namespace mih::transport::soap
