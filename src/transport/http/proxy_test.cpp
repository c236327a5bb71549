#include <gmock/gmock.h>

#include "transport/http/http_test.hpp"

namespace mih::transport {
namespace {

using core::Failure;
using ::testing::HasSubstr;
using ::testing::Optional;

class ProxyTest : public HttpTest {
 protected:
  core::Reply send_through(const std::string& proxy, const std::string& url) {
    auto proxied = service();
    proxied->proxy = proxy;
    return send(post(url, proxied));
  }
  TestPeer target_{always(TestPeer::answer(200, "target"))};
  TestPeer proxy_{always(TestPeer::answer(200, "proxied"))};
};

TEST_F(ProxyTest, TheProxyIsAskedForTheTarget) {
  for (int i = 0; i < 2; ++i) {
    const auto reply = send_through(proxy_.url(), target_.url("/contacts"));
    EXPECT_THAT(reply.http_status, Optional(200)) << reply.error;
    EXPECT_EQ(reply.body, "proxied");
  }
  EXPECT_TRUE(target_.received().empty()) << "the check of its address sends nothing";
  const auto asked = proxy_.received();
  ASSERT_EQ(asked.size(), 2U);
  EXPECT_EQ(asked[0].target(), target_.url("/contacts"));
  EXPECT_EQ(asked[0].body, R"({"id": 5})");
  EXPECT_EQ(asked[0].header("webhook-id"), "d_abc");
  EXPECT_EQ(asked[1].connection, asked[0].connection) << "the connection is kept";
}

TEST_F(ProxyTest, ATargetThatIsNotAllowedIsNotAskedFor) {
  for (const auto* url : {"http://10.0.0.1/x", "http://169.254.169.254/", "https://[::1]/"}) {
    const auto reply = send_through(proxy_.url(), url);
    EXPECT_EQ(reply.failure, Failure::kGuard) << url << " " << reply.error;
  }
  EXPECT_TRUE(proxy_.received().empty());
}

TEST_F(ProxyTest, TheProxyItselfMustBeAllowed) {
  const auto reply = send_through("http://10.0.0.1:3128", target_.url());
  EXPECT_EQ(reply.failure, Failure::kGuard);
  EXPECT_THAT(reply.error, HasSubstr("10.0.0.1"));
  EXPECT_TRUE(target_.received().empty());
}

TEST_F(ProxyTest, TroubleOfTheProxyIsToldAsSuch) {
  const ClosedPort nobody;
  EXPECT_EQ(send_through(nobody.url, target_.url()).failure, Failure::kProxy);
  auto https = target_.url();
  https.replace(0, 4, "https");
  TestPeer refusing{always(TestPeer::answer(407))};
  EXPECT_EQ(send_through(refusing.url(), https).failure, Failure::kProxy);
}

TEST_F(ProxyTest, ServicesWithoutAProxyGoStraight) {
  send_through(proxy_.url(), target_.url());
  EXPECT_EQ(send(post(target_.url())).body, "target");
}

}  // namespace
}  // namespace mih::transport
