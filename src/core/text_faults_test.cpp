#include "core/text_faults.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base_url.hpp"

namespace mih::core {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(TextFaults, LinesHaveNoControlCharacters) {
  EXPECT_EQ(fault_of_line(""), "");
  EXPECT_EQ(fault_of_line("pässword with spaces: fine"), "");
  EXPECT_THAT(fault_of_line("token\n"), HasSubstr("line break"));
  EXPECT_THAT(fault_of_line("a\r\nX: b"), HasSubstr("line break"));
  EXPECT_THAT(fault_of_line("a\tb"), HasSubstr("control character"));
  EXPECT_THAT(fault_of_line("a\x1b[31m"), HasSubstr("control character"));
  EXPECT_THAT(fault_of_line("a\x7f"), HasSubstr("control character"));
  EXPECT_THAT(fault_of_line("s3cret\n"), Not(HasSubstr("s3cret")));
}

TEST(TextFaults, CredentialsGoIntoHeadersOfTheirOwn) {
  for (const auto* good : {"", "X-API-Key", "Authorization", "apikey"})
    EXPECT_EQ(fault_of_credential_header(good), "") << good;
  for (const auto* bad : {"X API", "X:Y", "X-Key\r\nY", "Über", "Host", "content-length",
                          "Transfer-Encoding", "Connection", "TE", "Upgrade"})
    EXPECT_NE(fault_of_credential_header(bad), "") << bad;
}

TEST(TextFaults, ABasicUserHasNoColon) {
  EXPECT_EQ(fault_of_basic_user("jane@example.org"), "");
  EXPECT_THAT(fault_of_basic_user("jane:pw"), HasSubstr("RFC 7617"));
  EXPECT_NE(fault_of_basic_user("jane\n"), "");
}

TEST(TextFaults, AnHttpUrlHasAHost) {
  for (const auto* good : {"http://h", "https://crm.example/v1?key=a:b@c", "http://u:p@127.0.0.1:1",
                           "http://[::1]:8080/x", "https://münchen.example/", "http://a_b.example"})
    EXPECT_EQ(fault_of_http_url(good), "") << good;
  for (const auto* bad : {"",
                          "h",
                          "ftp://h",
                          "file:///etc/passwd",
                          "gopher://h",
                          "javascript:x",
                          "http:/h",
                          "http://",
                          "http:///x",
                          "http://u:p@/x",
                          "http://h:0",
                          "http://h:65536",
                          "http://h:x",
                          "http://a b/",
                          "http://[::1",
                          "http://[1.2.3.4]",
                          "http://[::1]x",
                          "http://h:/x",
                          "http://h\r\nX: y",
                          "http://h/a\tb"})
    EXPECT_NE(fault_of_http_url(bad), "") << bad;
}

TEST(TextFaults, ATokenEndpointHasNoOtherCredentials) {
  EXPECT_EQ(fault_of_token_url(""), "");
  EXPECT_EQ(fault_of_token_url("https://login.example/token?tenant=a@b"), "");
  EXPECT_THAT(fault_of_token_url("https://u:s3cret@login.example/token"),
              testing::AllOf(HasSubstr("oauth2_client_id"), Not(HasSubstr("s3cret"))));
  EXPECT_NE(fault_of_token_url("file:///etc/passwd"), "");
}

TEST(TextFaults, AProxyIsOfAKindThatIsSpoken) {
  for (const auto* good : {"", "http://proxy:3128", "https://u:p@proxy", "socks5://10.0.0.1:1080",
                           "socks5h://proxy", "socks4://proxy", "socks4a://proxy"})
    EXPECT_EQ(fault_of_proxy(good), "") << good;
  for (const auto* bad :
       {"proxy:3128", "file:///etc/passwd", "ftp://proxy", "http://", "http://p\r\nX: y"})
    EXPECT_NE(fault_of_proxy(bad), "") << bad;
}

TEST(TextFaults, ABaseUrlIsOneLineForEveryType) {
  Service service;
  for (const auto type : {ServiceType::kRest, ServiceType::kAmqp, ServiceType::kSoap}) {
    service.type = type;
    service.base_url = type == ServiceType::kAmqp ? "amqp://h/a\r\nb" : "http://h/a\r\nb";
    EXPECT_THAT(fault_of_base_url(service), HasSubstr("line break"));
  }
}

}  // namespace
}  // namespace mih::core
