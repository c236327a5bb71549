#include "transport/http/authenticate.hpp"

#include <gmock/gmock.h>

#include "transport/http/http_test.hpp"

namespace mih::transport {
namespace {

using core::Failure;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Optional;
using Received = TestPeer::Received;

using Authentication = HttpTest;

TEST_F(Authentication, AuthenticatesAsTheServiceSays) {
  TestPeer peer{always(TestPeer::answer(200))};
  auto bearer = service();
  bearer->auth_type = core::AuthType::kBearer;
  bearer->auth_token = "t0ken";
  core::Request request = post(peer.url(), bearer);
  request.headers.emplace_back("authorization", "Bearer other");
  EXPECT_THAT(send(request).http_status, Optional(200));
  EXPECT_THAT(peer.received().back().header("Authorization"),
              Optional(std::string{"Bearer t0ken"}));

  auto apikey = service();
  apikey->auth_type = core::AuthType::kApikey;
  apikey->auth_token = "k3y";
  apikey->apikey_header = "X-Their-Key";
  EXPECT_THAT(send(post(peer.url(), apikey)).http_status, Optional(200));
  EXPECT_THAT(peer.received().back().header("X-Their-Key"), Optional(std::string{"k3y"}));
  EXPECT_FALSE(peer.received().back().header("Authorization").has_value());

  auto basic = service();
  basic->auth_type = core::AuthType::kBasic;
  basic->basic_user = "Aladdin";
  basic->auth_token = "open sesame";
  EXPECT_THAT(send(post(peer.url(), basic)).http_status, Optional(200));
  EXPECT_THAT(peer.received().back().header("Authorization"),
              Optional(std::string{"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}));
}

TEST_F(Authentication, NothingGoesOutWhenAuthenticationOrSigningCannotBeDone) {
  TestPeer peer{always(TestPeer::answer(200))};
  const auto refused = [&](auto&& change) {
    auto changed = service();
    changed->auth_token = "secret-value";
    change(*changed);
    const core::Reply reply = send(post(peer.url(), changed));
    EXPECT_EQ(reply.failure, Failure::kSecret) << reply.error;
    EXPECT_THAT(reply.error, HasSubstr("crm"));
    EXPECT_THAT(reply.error, Not(HasSubstr("secret-value")));
  };
  using core::AuthType;
  using core::Service;
  refused([](Service& s) { s.auth_type = AuthType::kOauth2; });
  refused([](Service& s) { s.auth_type = AuthType::kMtls; });
  refused([](Service& s) { s.auth_type = AuthType::kWsse; });
  refused([](Service& s) { s.auth_type = AuthType::kBearer, s.auth_token = ""; });
  refused([](Service& s) { s.auth_type = AuthType::kBearer, s.auth_token = "a\r\nX-Evil: 1"; });
  refused([](Service& s) { s.auth_type = AuthType::kApikey, s.apikey_header = "X: y"; });
  refused([](Service& s) { s.auth_type = AuthType::kBasic, s.basic_user = "a:b"; });
  refused([](Service& s) { s.auth_type = AuthType::kBasic, s.auth_token = ""; });
  refused([](Service& s) { s.signing_secret = "whsec_x"; });
  EXPECT_TRUE(peer.received().empty());
}

}  // namespace
}  // namespace mih::transport
