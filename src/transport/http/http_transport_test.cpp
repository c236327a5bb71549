#include "transport/http/http_transport.hpp"

#include <cstdlib>
#include <gmock/gmock.h>

#include "transport/http/http_test.hpp"

namespace mih::transport {
namespace {

using core::Failure;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Optional;
using Received = TestPeer::Received;
using Then = TestPeer::Then;

class HttpHarness final : public TransportHarness {
 public:
  std::unique_ptr<Transport> make(Transport::Sink sink) override {
    return std::make_unique<HttpTransport>(http_options(), std::move(sink));
  }
  std::unique_ptr<Transport> make_guarded(Transport::Sink sink) override {
    return std::make_unique<HttpTransport>(http_options({}), std::move(sink));
  }
  core::Request to_accepting_peer() override { return post(peer_.url("/accept")); }
  core::Request to_silent_peer() override { return post(peer_.url("/silent")); }
  core::Request to_breaking_peer() override { return post(peer_.url("/break")); }
  core::Request to_closed_port() override { return post(closed_.url); }
  core::Request to_unknown_host() override { return post("http://no-such-host.invalid/"); }
  core::Request with_unusable_secret() override {
    auto needs_oauth2 = service();
    needs_oauth2->auth_type = core::AuthType::kOauth2;
    needs_oauth2->auth_token = "secret";
    return post(peer_.url("/accept"), needs_oauth2);
  }
  std::size_t arrived() override { return peer_.received().size(); }
  void wait_until_arrived(std::size_t count) override { peer_.wait_for_requests(count); }

 private:
  TestPeer peer_{[](const Received& request) -> TestPeer::Answer {
    if (request.target() == "/silent") return {"", Then::kSilence};
    if (request.target() == "/break") return {"", Then::kClose};
    return TestPeer::answer(200, "{}");
  }};
  ClosedPort closed_;
};

INSTANTIATE_TEST_SUITE_P(Http, TransportConformance,
                         ::testing::Values(TransportKind{
                             "Http",
                             +[]() -> std::unique_ptr<TransportHarness> {
                               return std::make_unique<HttpHarness>();
                             }}),
                         [](const auto& kind) { return kind.param.name; });

using Http = HttpTest;

TEST_F(Http, SendsTheRequestAsItWasRendered) {
  TestPeer peer{always(TestPeer::answer(201, R"({"ok":true})"))};
  core::Request request = post(peer.url("/v1/a%20b?x=1&y=%7B"));
  request.headers.emplace_back("X-Note", "one two");
  request.headers.emplace_back("X-Empty", "");
  const core::Reply reply = send(request);
  EXPECT_EQ(reply.failure, Failure::kNone);
  EXPECT_THAT(reply.http_status, Optional(201));
  EXPECT_EQ(reply.body, R"({"ok":true})");
  EXPECT_FALSE(reply.truncated);

  const Received seen = peer.received().at(0);
  EXPECT_EQ(seen.method(), "POST");
  EXPECT_EQ(seen.target(), "/v1/a%20b?x=1&y=%7B");
  EXPECT_EQ(seen.body, R"({"id": 5})");
  EXPECT_THAT(seen.header("Content-Type"), Optional(std::string{"application/json"}));
  EXPECT_THAT(seen.header("Accept"), Optional(std::string{"application/json"}));
  EXPECT_THAT(seen.header("User-Agent"), Optional(HasSubstr("MoodleIntegrationHub/")));
  EXPECT_THAT(seen.header("webhook-id"), Optional(std::string{"d_abc"}));
  EXPECT_THAT(seen.header("X-Note"), Optional(std::string{"one two"}));
  EXPECT_THAT(seen.header("X-Empty"), Optional(std::string{}));
  EXPECT_FALSE(seen.header("Expect").has_value());
  EXPECT_FALSE(seen.header("Authorization").has_value());
  EXPECT_FALSE(seen.header("Cookie").has_value());
}

TEST_F(Http, EveryMethodWithAndWithoutBody) {
  TestPeer peer{always(TestPeer::answer(204))};
  for (const char* method : {"POST", "GET", "PUT", "PATCH", "DELETE"}) {
    for (const char* body : {"", "{\"a\": 1}"}) {
      core::Request request = post(peer.url());
      request.method = method;
      request.body = body;
      request.headers.clear();
      EXPECT_THAT(send(request).http_status, Optional(204));
      const Received seen = peer.received().back();
      EXPECT_EQ(seen.method(), method);
      EXPECT_EQ(seen.body, body);
      EXPECT_EQ(seen.header("Content-Type").has_value(), *body != '\0') << method;
    }
  }
}

TEST_F(Http, ALargeBodyGoesOutWhole) {
  TestPeer peer{always(TestPeer::answer(200))};
  core::Request request = post(peer.url());
  request.body = std::string(4 << 20, 'x');
  EXPECT_THAT(send(request).http_status, Optional(200));
  EXPECT_EQ(peer.received().at(0).body, request.body);
  EXPECT_FALSE(peer.received().at(0).header("Expect").has_value());
}

TEST_F(Http, EveryStatusIsAnAnswer) {
  for (const int status : {200, 299, 304, 400, 404, 410, 429, 500, 503}) {
    TestPeer peer{always(TestPeer::answer(status, "why"))};
    const core::Reply reply = send(post(peer.url()));
    EXPECT_EQ(reply.failure, Failure::kNone);
    EXPECT_THAT(reply.http_status, Optional(status));
    EXPECT_EQ(reply.error, "");
  }
}

TEST_F(Http, ConnectionsAreKeptAlive) {
  TestPeer peer{always(TestPeer::answer(200))};
  for (int i = 0; i < 5; ++i)
    EXPECT_THAT(send(post(peer.url())).http_status, Optional(200));
  for (const Received& seen : peer.received())
    EXPECT_EQ(seen.connection, 1);
}

TEST_F(Http, AConnectionThatTheServerClosedWhileIdleIsReplaced) {
  TestPeer peer{[](const Received& request) {
    TestPeer::Answer answer = TestPeer::answer(200);
    if (request.connection == 1) answer.then = Then::kClose;
    return answer;
  }};
  EXPECT_THAT(send(post(peer.url())).http_status, Optional(200));
  peer.wait_for_closed(1);
  EXPECT_THAT(send(post(peer.url())).http_status, Optional(200));
  EXPECT_EQ(peer.received().size(), 2U);
  EXPECT_EQ(peer.received().at(1).connection, 2);
}

TEST_F(Http, ARequestThatWasWrittenToAKeptConnectionIsNeverRepeated) {
  TestPeer peer{[first = true](const Received&) mutable -> TestPeer::Answer {
    if (std::exchange(first, false)) return TestPeer::answer(200);
    return {"", Then::kClose};
  }};
  EXPECT_THAT(send(post(peer.url())).http_status, Optional(200));
  const core::Reply reply = send(post(peer.url()));
  EXPECT_EQ(reply.failure, Failure::kReset);
  EXPECT_FALSE(reply.http_status.has_value());
  EXPECT_EQ(peer.received().size(), 2U);
}

TEST_F(Http, ABreakInTheMiddleOfTheAnswerIsAReset) {
  for (const char* bytes :
       {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", "HTTP/1.1 20"}) {
    TestPeer peer{always({bytes, Then::kClose})};
    const core::Reply reply = send(post(peer.url()));
    EXPECT_EQ(reply.failure, Failure::kReset) << bytes << reply.error;
    EXPECT_FALSE(reply.http_status.has_value());
    EXPECT_THAT(reply.error, HasSubstr(fmt::format("127.0.0.1:{}", peer.port())));
  }
}

TEST_F(Http, AnAnswerThatNeverEndsIsATimeout) {
  TestPeer peer{always({"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", Then::kSilence})};
  core::Request request = post(peer.url());
  request.timeout = std::chrono::milliseconds{80};
  const core::Reply reply = send(request);
  EXPECT_EQ(reply.failure, Failure::kTimeout);
  EXPECT_THAT(reply.error, HasSubstr("no complete answer within 0.08 s"));
}

TEST_F(Http, WhatIsNotHttpIsAFailureNotASuccess) {
  for (const char* bytes : {"SSH-2.0-OpenSSH_9.2\r\n", "hello\n", "\r\n\r\n"}) {
    TestPeer peer{always({bytes, Then::kClose})};
    const core::Reply reply = send(post(peer.url()));
    EXPECT_NE(reply.failure, Failure::kNone) << bytes;
    EXPECT_NE(reply.failure, Failure::kInvalid) << bytes;
    EXPECT_FALSE(reply.http_status.has_value());
  }
}

TEST_F(Http, KeepsTheFirstBytesOfALargeBody) {
  const std::string body(200'000, 'b');
  TestPeer peer{always(TestPeer::answer(200, body))};
  core::Request request = post(peer.url());
  request.keep_response = 100;
  const core::Reply reply = send(request);
  EXPECT_THAT(reply.http_status, Optional(200));
  EXPECT_EQ(reply.body, body.substr(0, 100));
  EXPECT_TRUE(reply.truncated);
  EXPECT_THAT(send(request).http_status, Optional(200));
  EXPECT_EQ(peer.received().at(1).connection, 1);
}

TEST_F(Http, ABodyOfExactlyTheLimitIsNotTruncated) {
  TestPeer peer{always(TestPeer::answer(200, std::string(100, 'b')))};
  core::Request request = post(peer.url());
  request.keep_response = 100;
  EXPECT_FALSE(send(request).truncated);
  request.keep_response = 99;
  EXPECT_TRUE(send(request).truncated);
  request.keep_response = 0;
  EXPECT_TRUE(send(request).truncated);
}

TEST_F(Http, AnEndlessBodyIsCutAndTheAnswerCounts) {
  std::string bytes = "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n";
  bytes.append(2 << 20, 'e');
  TestPeer peer{always({bytes, Then::kSilence})};
  const core::Reply reply = send(post(peer.url()));
  EXPECT_EQ(reply.failure, Failure::kNone) << reply.error;
  EXPECT_THAT(reply.http_status, Optional(200));
  EXPECT_EQ(reply.body.size(), 4096U);
  EXPECT_TRUE(reply.truncated);
}

TEST_F(Http, EndlessHeadersAreAFailure) {
  std::string bytes = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 10'000; ++i)
    bytes += fmt::format("X-{}: {}\r\n", i, std::string(50, 'h'));
  TestPeer peer{always({bytes + "\r\n", Then::kClose})};
  EXPECT_EQ(send(post(peer.url())).failure, Failure::kOther);
}

TEST_F(Http, ReadsRetryAfter) {
  TestPeer seconds{always(TestPeer::answer(429, "", "Retry-After: 17\r\n"))};
  EXPECT_THAT(send(post(seconds.url())).retry_after, Optional(std::chrono::seconds{17}));
  TestPeer date{
      always(TestPeer::answer(503, "", "retry-after:  Sun, 18 Feb 2024 12:23:19 GMT \r\n"))};
  EXPECT_THAT(send(post(date.url())).retry_after, Optional(std::chrono::seconds{60}));
  TestPeer none{always(TestPeer::answer(429))};
  EXPECT_FALSE(send(post(none.url())).retry_after.has_value());
}

TEST_F(Http, AnInterimAnswerIsNotTheAnswer) {
  TestPeer peer{always({"HTTP/1.1 103 Early Hints\r\nRetry-After: 5\r\n\r\n" +
                        TestPeer::answer(200, "done").bytes})};
  const core::Reply reply = send(post(peer.url()));
  EXPECT_THAT(reply.http_status, Optional(200));
  EXPECT_EQ(reply.body, "done");
  EXPECT_FALSE(reply.retry_after.has_value());
}

TEST_F(Http, AProxyThatCannotBeUsedIsNotGoneAround) {
  TestPeer peer{always(TestPeer::answer(200))};
  auto proxied = service();
  proxied->proxy = "http://proxy.example:3128";
  EXPECT_EQ(send(post(peer.url(), proxied)).failure, Failure::kProxy);
  EXPECT_TRUE(peer.received().empty());
}

TEST_F(Http, ProxiesOfTheEnvironmentAreIgnored) {
  const ClosedPort nobody;
  ::setenv("http_proxy", nobody.url.c_str(), 1);
  ::setenv("all_proxy", nobody.url.c_str(), 1);
  TestPeer peer{always(TestPeer::answer(200))};
  EXPECT_THAT(send(post(peer.url())).http_status, Optional(200));
  ::unsetenv("http_proxy");
  ::unsetenv("all_proxy");
}

TEST_F(Http, AUrlThatCannotBeSentIsInvalid) {
  for (const char* url : {"", "/path", "crm.example/v1", "ftp://127.0.0.1/", "file:///etc/passwd",
                          "http://", "http://127.0.0.1:99999/", "http://[::1/", "http:/x",
                          "javascript:alert(1)", "http://a b/"}) {
    EXPECT_EQ(send(post(url)).failure, Failure::kInvalid) << url;
  }
}

TEST_F(Http, TheGuardSeesThroughOtherSpellings) {
  HttpTransport guarded{http_options({}), replies_.sink()};
  TestPeer peer{always(TestPeer::answer(200))};
  for (const char* host : {"127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001",
                           "0177.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"}) {
    guarded.send(++calls_, post(fmt::format("http://{}:{}/", host, peer.port())));
    const core::Reply reply = replies_.wait(calls_);
    EXPECT_EQ(reply.failure, Failure::kGuard) << host << ": " << reply.error;
  }
  EXPECT_TRUE(peer.received().empty());
}

TEST_F(Http, AnAllowedNameMayLeadToAPrivateAddress) {
  HttpTransport by_name{http_options({"localhost"}), replies_.sink()};
  TestPeer peer{always(TestPeer::answer(200))};
  by_name.send(1, post(fmt::format("http://LOCALHOST:{}/", peer.port())));
  EXPECT_THAT(replies_.wait(1).http_status, Optional(200));
  by_name.send(2, post(peer.url()));
  EXPECT_EQ(replies_.wait(2).failure, Failure::kGuard);
}

TEST_F(Http, ATrustedCallOpensTheGuardForNobodyElse) {
  HttpTransport guarded{http_options({}), replies_.sink()};
  TestPeer peer{always(TestPeer::answer(200))};
  auto trusted = post(peer.url());
  trusted.trusted_host = true;
  guarded.send(1, std::move(trusted));
  EXPECT_THAT(replies_.wait(1).http_status, Optional(200));
  guarded.send(2, post(peer.url()));
  EXPECT_EQ(replies_.wait(2).failure, Failure::kGuard);
}

TEST_F(Http, ErrorsNeverShowTheUrlsPassword) {
  const ClosedPort nobody;
  std::string url = nobody.url;
  url.insert(7, "user:pa55word@");
  EXPECT_THAT(send(post(url)).error, Not(HasSubstr("pa55word")));
}

}  // namespace
}  // namespace mih::transport
