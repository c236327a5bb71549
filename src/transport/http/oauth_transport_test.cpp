#include "transport/http/oauth_transport.hpp"

#include <future>
#include <gmock/gmock.h>

#include "transport/http/http_test.hpp"

namespace mih::transport {
namespace {

using core::Failure;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Optional;

/// A token endpoint at /token and a service at every other path, which wants the latest token.
class OauthTest : public ::testing::Test {
 protected:
  TestPeer::Answer answer(const TestPeer::Received& request) {
    if (request.target() != "/token") {
      const bool known =
          request.header("Authorization") == fmt::format("Bearer t{}", valid_.load());
      return TestPeer::answer(known ? 200 : 401, "body");
    }
    gate_.wait();
    if (!refusal_.empty()) return TestPeer::answer(400, refusal_);
    return TestPeer::answer(200, fmt::format(R"({{"access_token":"t{}","token_type":"Bearer",)"
                                             R"("expires_in":{}}})",
                                             ++issued_, lifetime_));
  }

  std::shared_ptr<core::Service> oauth_service() {
    auto made = service();
    made->auth_type = core::AuthType::kOauth2;
    made->oauth2_token_url = peer_.url("/token");
    made->oauth2_client_id = "the client";
    made->oauth2_scope = "read write";
    made->auth_token = "s3cret:/";
    return made;
  }
  CallId start() {
    transport_.send(++calls_, post(peer_.url("/contacts"), oauth_service()));
    return calls_;
  }
  core::Reply send() { return replies_.wait(start()); }
  std::size_t count(std::string_view target) {
    return static_cast<std::size_t>(std::ranges::count_if(
        peer_.received(), [&](const auto& request) { return request.target() == target; }));
  }

  std::promise<void> open_;
  std::shared_future<void> gate_ = open_.get_future().share();
  std::atomic<int> issued_ = 0;
  std::atomic<int> valid_ = 1;
  int lifetime_ = 3600;
  std::string refusal_;
  TestPeer peer_{[this](const TestPeer::Received& request) { return answer(request); }};
  Replies replies_;
  OauthTransport transport_{http_options(), replies_.sink()};
  CallId calls_ = 0;
};

TEST_F(OauthTest, OneTokenIsFetchedForAllThatWait) {
  std::vector<CallId> started;
  for (int i = 0; i < 20; ++i)
    started.push_back(start());
  open_.set_value();
  for (const auto call : started)
    EXPECT_THAT(replies_.wait(call).http_status, Optional(200));
  EXPECT_THAT(send().http_status, Optional(200));
  EXPECT_EQ(count("/token"), 1U);
  EXPECT_EQ(count("/contacts"), 21U);
  const auto asked = peer_.received().front();
  EXPECT_EQ(asked.body, "grant_type=client_credentials&scope=read+write");
  EXPECT_EQ(asked.header("Authorization"), "Basic dGhlK2NsaWVudDpzM2NyZXQlM0ElMkY=");
  EXPECT_EQ(asked.header("webhook-id"), std::nullopt);
}

TEST_F(OauthTest, ATokenThatHasExpiredIsNotUsed) {
  open_.set_value();
  lifetime_ = 0;
  for (int i = 1; i <= 3; ++i) {
    valid_ = i;
    EXPECT_THAT(send().http_status, Optional(200));
  }
  EXPECT_EQ(count("/token"), 3U);
}

TEST_F(OauthTest, A401RenewsTheTokenOnce) {
  open_.set_value();
  EXPECT_THAT(send().http_status, Optional(200));
  valid_ = 2;  // the service does not take the first any more
  EXPECT_THAT(send().http_status, Optional(200));
  EXPECT_EQ(count("/token"), 2U);
  EXPECT_EQ(count("/contacts"), 3U);
  valid_ = 99;
  EXPECT_THAT(send().http_status, Optional(401)) << "not again and again";
  EXPECT_EQ(count("/token"), 3U);
  EXPECT_EQ(count("/contacts"), 5U);
}

TEST_F(OauthTest, WithoutATokenNothingIsSent) {
  open_.set_value();
  refusal_ = R"({"error":"invalid_client"})";
  const auto reply = send();
  EXPECT_EQ(reply.failure, Failure::kSecret);
  EXPECT_THAT(reply.error, HasSubstr("HTTP 400: invalid_client"));
  EXPECT_THAT(reply.error, Not(HasSubstr("s3cret")));
  EXPECT_EQ(count("/contacts"), 0U);
  refusal_.clear();
  EXPECT_THAT(send().http_status, Optional(200)) << "a failure is not kept";
}

TEST_F(OauthTest, TheGuardJudgesTheTokenUrlToo) {
  open_.set_value();
  auto guarded = oauth_service();
  guarded->oauth2_token_url = "http://10.0.0.1/token";
  transport_.send(++calls_, post(peer_.url("/contacts"), guarded));
  const auto reply = replies_.wait(calls_);
  EXPECT_EQ(reply.failure, Failure::kGuard);
  EXPECT_TRUE(peer_.received().empty());
}

TEST_F(OauthTest, OtherServicesAreCalledAsTheyAre) {
  open_.set_value();
  auto plain = service();
  plain->auth_type = core::AuthType::kBearer;
  plain->auth_token = "t1";
  transport_.send(++calls_, post(peer_.url("/contacts"), plain));
  EXPECT_THAT(replies_.wait(calls_).http_status, Optional(200));
  EXPECT_EQ(count("/token"), 0U);
}

TEST_F(OauthTest, ACallThatWaitsCanBeCancelled) {
  const auto call = start();
  transport_.cancel(call);
  EXPECT_EQ(replies_.wait(call).error, "cancelled");
  open_.set_value();
  EXPECT_THAT(send().http_status, Optional(200));
}

}  // namespace
}  // namespace mih::transport
