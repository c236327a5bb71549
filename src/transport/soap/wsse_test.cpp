#include "transport/soap/wsse.hpp"

#include <gmock/gmock.h>

#include "transport/soap/xml.hpp"

namespace mih::transport::soap {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const WallTime kCreated = from_unix_ms(1'708'258'939'250);

core::Service service(core::WsseMode mode) {
  core::Service service;
  service.name = "sis";
  service.wsse_user = "moodle & co";
  service.auth_token = "s<cret";
  service.wsse_mode = mode;
  return service;
}

TEST(Wsse, ThePasswordAsText) {
  const auto block = username_token(service(core::WsseMode::kText), "0123456789abcdef", kCreated);
  ASSERT_TRUE(block);
  EXPECT_TRUE(XmlDocument::parse(*block));
  EXPECT_THAT(*block, HasSubstr("<wsse:Username>moodle &amp; co</wsse:Username>"));
  EXPECT_THAT(*block, HasSubstr("#PasswordText\">s&lt;cret</wsse:Password>"));
  EXPECT_THAT(*block, HasSubstr("<wsu:Created>2024-02-18T12:22:19Z</wsu:Created>"));
}

// Computed with: printf '0123456789abcdef2024-02-18T12:22:19Zs<cret' | openssl sha1 -binary |
// base64
TEST(Wsse, ThePasswordAsDigest) {
  const auto block = username_token(service(core::WsseMode::kDigest), "0123456789abcdef", kCreated);
  ASSERT_TRUE(block);
  EXPECT_THAT(*block, HasSubstr("#PasswordDigest\">1JZIc85jJLY7Ma2Pho++fnnMIL0=</wsse:Password>"));
  EXPECT_THAT(*block, HasSubstr("#Base64Binary\">MDEyMzQ1Njc4OWFiY2RlZg==</wsse:Nonce>"));
  EXPECT_THAT(*block, Not(HasSubstr("cret")));
}

TEST(Wsse, NoUserNoToken) {
  core::Service nobody = service(core::WsseMode::kText);
  nobody.wsse_user.clear();
  const auto refused = username_token(nobody, "n", kCreated);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().detail, HasSubstr("wsse_user is empty"));
}

TEST(Wsse, NoncesDiffer) {
  EXPECT_EQ(random_nonce().size(), 16U);
  EXPECT_NE(random_nonce(), random_nonce());
}

}  // namespace
}  // namespace mih::transport::soap
