#include "transport/http/redirect.hpp"

#include <gmock/gmock.h>

#include "transport/http/http_test.hpp"

namespace mih::transport {
namespace {

using ::testing::Optional;
using Received = TestPeer::Received;

TEST(Redirect, OnlyToTheSameHostAndNeverDownToHttp) {
  for (const int status : {301, 302, 303, 307, 308}) {
    EXPECT_TRUE(may_follow(status, "http://a.example/x", "http://a.example/y")) << status;
  }
  for (const int status : {200, 300, 304, 305, 306, 399, 400}) {
    EXPECT_FALSE(may_follow(status, "http://a.example/x", "http://a.example/y")) << status;
  }
  EXPECT_TRUE(may_follow(307, "http://a.example", "https://A.EXAMPLE/"));
  EXPECT_TRUE(may_follow(307, "http://a.example:80", "http://a.example/"));
  EXPECT_TRUE(may_follow(307, "https://[::1]:8443/", "https://[::1]:8443/x"));
  EXPECT_FALSE(may_follow(307, "https://a.example", "http://a.example/"));
  EXPECT_FALSE(may_follow(307, "https://a.example", "https://b.example/"));
  EXPECT_FALSE(may_follow(307, "https://a.example", "https://a.example.evil/"));
  EXPECT_FALSE(may_follow(307, "https://a.example", "https://a.example@evil/"));
  EXPECT_FALSE(may_follow(307, "https://a.example", "https://a.example:8443/"));
  EXPECT_FALSE(may_follow(307, "https://a.example", "ftp://a.example/"));
  EXPECT_FALSE(may_follow(307, "https://a.example", "garbage"));
  EXPECT_FALSE(may_follow(307, "garbage", "garbage"));
}

TEST(Redirect, TargetsAreNamedWithoutSecrets) {
  EXPECT_EQ(authority_of("https://user:pw@a.example/x?y"), "a.example:443");
  EXPECT_EQ(authority_of("http://[::1]:81/"), "[::1]:81");
  EXPECT_EQ(host_of("http://[::1]:81/"), "::1");
}

class FollowingRedirects : public ::testing::Test {
 protected:
  FollowingRedirects() { service_->follow_redirects = true; }

  core::Reply send(const std::string& url) {
    core::Request request;
    request.service = service_;
    request.method = "PUT";
    request.url = url;
    request.body = "body";
    request.delivery_id = "d_1";
    request.timeout = std::chrono::seconds{30};
    transport_.send(++calls_, std::move(request));
    return replies_.wait(calls_);
  }
  static TestPeer::Answer to(int status, const std::string& location) {
    return TestPeer::answer(status, "", "Location: " + location + "\r\n");
  }
  std::shared_ptr<core::Service> service_ = std::make_shared<core::Service>();
  Replies replies_;
  HttpTransport transport_{http_options(), replies_.sink()};
  CallId calls_ = 0;
};

TEST_F(FollowingRedirects, NotUnlessTheServiceAllowsIt) {
  service_->follow_redirects = false;
  TestPeer peer{[](const Received&) { return to(307, "/next"); }};
  EXPECT_THAT(send(peer.url("/first")).http_status, Optional(307));
  EXPECT_EQ(peer.received().size(), 1U);
}

TEST_F(FollowingRedirects, KeepsMethodBodyAndHeaders) {
  for (const int status : {301, 302, 307, 308}) {
    TestPeer peer{[status](const Received& request) {
      return request.target() == "/next" ? TestPeer::answer(200, "there") : to(status, "/next");
    }};
    const core::Reply reply = send(peer.url("/first"));
    EXPECT_THAT(reply.http_status, Optional(200));
    EXPECT_EQ(reply.body, "there");
    ASSERT_EQ(peer.received().size(), 2U);
    const Received second = peer.received().at(1);
    EXPECT_EQ(second.method(), "PUT");
    EXPECT_EQ(second.body, "body");
    EXPECT_THAT(second.header("webhook-id"), Optional(std::string{"d_1"}));
    EXPECT_EQ(second.connection, 1);
  }
}

TEST_F(FollowingRedirects, SeeOtherAsksForAGet) {
  TestPeer peer{[](const Received& request) {
    return request.target() == "/next" ? TestPeer::answer(200) : to(303, "/next");
  }};
  EXPECT_THAT(send(peer.url("/first")).http_status, Optional(200));
  EXPECT_EQ(peer.received().at(1).method(), "GET");
  EXPECT_EQ(peer.received().at(1).body, "");
}

TEST_F(FollowingRedirects, ThreeAtMost) {
  TestPeer peer{[](const Received&) { return to(307, "/again"); }};
  EXPECT_THAT(send(peer.url("/first")).http_status, Optional(307));
  EXPECT_EQ(peer.received().size(), 4U);
}

TEST_F(FollowingRedirects, NeverToAnotherHost) {
  TestPeer other{[](const Received&) { return TestPeer::answer(200); }};
  for (const std::string& location :
       {other.url("/"), std::string{"http://localhost/"}, std::string{"//localhost/"},
        std::string{"file:///etc/hosts"}}) {
    TestPeer peer{[&](const Received&) { return to(307, location); }};
    EXPECT_THAT(send(peer.url("/first")).http_status, Optional(307)) << location;
    EXPECT_EQ(peer.received().size(), 1U);
  }
  EXPECT_TRUE(other.received().empty());
}

}  // namespace
}  // namespace mih::transport
