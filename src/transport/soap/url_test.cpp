#include "transport/soap/url.hpp"

#include <gmock/gmock.h>

namespace mih::transport::soap {
namespace {

using ::testing::Eq;
using ::testing::Optional;

TEST(SoapUrl, ReferencesAreSeenFromTheDocument) {
  EXPECT_THAT(resolve_url("http://a.example/x/y.wsdl?z", "../b.xsd#c"),
              Optional(Eq("http://a.example/b.xsd")));
  EXPECT_THAT(resolve_url("http://a.example/x/y.wsdl", "?xsd=1"),
              Optional(Eq("http://a.example/x/y.wsdl?xsd=1")));
  EXPECT_EQ(resolve_url("http://a.example/", "file:///etc/passwd"), std::nullopt);
  EXPECT_EQ(resolve_url("http://a.example/", "gopher://a.example/"), std::nullopt);
}

TEST(SoapUrl, AnOriginIsSchemeHostAndPort) {
  EXPECT_TRUE(same_origin("http://a.example/x?wsdl", "http://A.example:80/y"));
  EXPECT_TRUE(same_origin("https://u:p@a.example/", "https://a.example:443"));
  EXPECT_FALSE(same_origin("http://a.example/", "https://a.example/"));
  EXPECT_FALSE(same_origin("http://a.example/", "http://a.example:8080/"));
  EXPECT_FALSE(same_origin("http://a.example/", "http://b.example/"));
  EXPECT_FALSE(same_origin("nonsense", "nonsense"));
}

TEST(SoapUrl, PasswordsAreForNobody) {
  EXPECT_EQ(without_secrets("http://u:p@a.example/x?wsdl"), "http://a.example/x?wsdl");
  EXPECT_EQ(without_secrets("http://a.example/x?key=y"), "http://a.example/x?key=********");
  EXPECT_EQ(without_secrets("http://a.example/x"), "http://a.example/x");
}

TEST(SoapUrl, TheAddressIsWhatTheWsdlSays) {
  const auto address = [](const char* wsdl, const char* location) {
    return address_of(wsdl, location).value_or("none");
  };
  EXPECT_EQ(address("http://a.example/s?wsdl", "http://b.example:81/s"), "http://b.example:81/s");
  EXPECT_EQ(address("http://a.example/d/s.php?wsdl", "/t.php"), "http://a.example/t.php");
  EXPECT_EQ(address("http://a.example/d/s.php?wsdl", ""), "http://a.example/d/s.php");
  EXPECT_EQ(address("http://a.example/s?wsdl", "jms:queue"), "none");
}

TEST(SoapUrl, NothingLeadsFromHttpsToHttp) {
  EXPECT_EQ(address_of("https://a.example/s?wsdl", "http://a.example:80/s"), "https://a.example/s");
  EXPECT_EQ(address_of("https://a.example/s?wsdl", "http://b.example:8080/s"),
            "https://b.example:8080/s");
}

TEST(SoapUrl, ThePasswordOfTheWsdlHoldsForItsServerOnly) {
  EXPECT_EQ(address_of("http://u:p@a.example/s?wsdl", "http://a.example/s"),
            "http://u:p@a.example/s");
  EXPECT_EQ(address_of("http://u:p@a.example/s?wsdl", "http://b.example/s"), "http://b.example/s");
}

}  // namespace
}  // namespace mih::transport::soap
