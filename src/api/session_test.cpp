#include <fmt/format.h>
#include <thread>

#include "api/testing/server_test.hpp"

namespace mih::api {
namespace {

using core::Role;
using testing::RawClient;

constexpr std::string_view kHealth = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

class SessionTest : public testing::ServerTest {
 protected:
  /// Sends the bytes on a new connection; the status of the answer, 0 when it is just closed.
  int status_for(std::string_view bytes) {
    auto client = tcp();
    client.send(bytes);
    client.finish_sending();
    return client.receive().status;
  }
  /// A client whose request the hub works on until hub_.release().
  testing::RawClient held() {
    hub_.hold();
    auto client = as(Role::kView);
    client.send(fmt::format(
        "GET /api/v1/log HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\r\n",
        hub_.add_token(Role::kView)));
    hub_.wait_until_held();
    return client;
  }
};

TEST_F(SessionTest, KeepsTheConnection) {
  auto client = tcp();
  for (int i = 0; i < 5; ++i) {
    const auto response = client.request("GET", "/healthz");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.header("connection"), "");
  }
}

TEST_F(SessionTest, ClosesWhenAsked) {
  auto client = tcp();
  const auto response = client.request("GET", "/healthz", {}, "Connection: close\r\n");
  EXPECT_EQ(response.header("connection"), "close");
  EXPECT_TRUE(client.is_closed());
}

TEST_F(SessionTest, Http10ClosesUnlessAskedToStay) {
  auto client = tcp();
  client.send("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(client.receive().header("connection"), "keep-alive");
  client.send("GET /healthz HTTP/1.0\r\n\r\n");
  EXPECT_EQ(client.receive().status, 200);
  EXPECT_TRUE(client.is_closed());
}

TEST_F(SessionTest, PipelinedRequestsAreAnsweredInOrder) {
  auto client = as(Role::kIngest);
  const auto token = hub_.add_token(Role::kIngest);
  std::string all;
  for (int i = 0; i < 50; ++i) {
    const auto body = fmt::format("[{}]", i);
    all += fmt::format(
        "POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n"
        "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
        token, body.size(), body);
    all += "GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n";
  }
  client.send(all);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(client.receive().status, 202);
    EXPECT_EQ(client.receive().status, 404);
  }
  const auto intakes = hub_.intakes();
  ASSERT_EQ(intakes.size(), 50U);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(intakes[static_cast<std::size_t>(i)].body, fmt::format("[{}]", i));
  }
}

TEST_F(SessionTest, ARequestMayComeByteByByte) {
  auto client = tcp();
  const auto token = hub_.add_token(Role::kIngest);
  const auto request = fmt::format(
      "POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n"
      "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n[]",
      token);
  for (const char byte : request)
    client.send({&byte, 1});
  EXPECT_EQ(client.receive().status, 202);
  EXPECT_EQ(hub_.intakes().at(0).body, "[]");
}

TEST_F(SessionTest, ChunkedBodiesAreJoined) {
  auto client = tcp();
  client.send(
      fmt::format("POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n"
                  "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "1\r\n[\r\n3;ext=1\r\n1,2\r\n1\r\n]\r\n0\r\n\r\n",
                  hub_.add_token(Role::kIngest)));
  EXPECT_EQ(client.receive().status, 202);
  EXPECT_EQ(hub_.intakes().at(0).body, "[1,2]");
}

TEST_F(SessionTest, HeadHasNoBody) {
  auto client = tcp();
  const auto response = client.request("HEAD", "/healthz");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.header("content-length"), "15");
  EXPECT_EQ(client.request("GET", "/healthz").status, 200);
}

TEST_F(SessionTest, ExpectContinueIsAnsweredOnceTheHeaderIsFine) {
  auto client = tcp();
  client.send(fmt::format(
      "POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n"
      "Content-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n",
      hub_.add_token(Role::kIngest)));
  EXPECT_EQ(client.receive().status, 100);
  client.send("[]");
  EXPECT_EQ(client.receive().status, 202);

  auto stranger = tcp();
  stranger.send(
      "POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
      "Content-Length: 2\r\n\r\n");
  EXPECT_EQ(stranger.receive().status, 401);
}

TEST_F(SessionTest, ALargeBodyIsTakenWhole) {
  auto client = as(Role::kIngest);
  const std::string body = '"' + std::string(5'000'000, 'x') + '"';
  EXPECT_EQ(client.request("POST", "/api/v1/events", body).status, 202);
  EXPECT_EQ(hub_.intakes().at(0).body, body);
  EXPECT_EQ(client.request("GET", "/healthz").status, 200);
}

TEST_F(SessionTest, TooLargeABodyIs413) {
  options_.max_body = 100'000;
  auto client = as(Role::kIngest);
  EXPECT_EQ(client.request("POST", "/api/v1/events", std::string(100'000, ' ')).status, 202);
  expect_problem(client.request("POST", "/api/v1/events", std::string(3'000'000, ' ')), 413,
                 "too_large");
  EXPECT_TRUE(client.is_closed());
  EXPECT_EQ(hub_.intakes().size(), 1U);
}

TEST_F(SessionTest, TooLargeAChunkedBodyIs413) {
  options_.max_body = 10'000;
  auto client = tcp();
  client.send(
      fmt::format("POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n"
                  "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
                  hub_.add_token(Role::kIngest)));
  for (int i = 0; i < 20; ++i)
    client.send("3e8\r\n" + std::string(1000, ' ') + "\r\n");
  expect_problem(client.receive(), 413, "too_large");
}

TEST_F(SessionTest, AStrangersBodyIsNotWaitedFor) {
  auto client = tcp();
  client.send("POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999\r\n\r\n");
  expect_problem(client.receive(), 401, "unauthorized");
}

TEST_F(SessionTest, RoleAndPathAreJudgedBeforeTheSize) {
  options_.max_body = 1000;
  auto client = as(Role::kView);
  expect_problem(client.request("POST", "/api/v1/nothing", std::string(5000, ' ')), 404,
                 "not_found");
  auto other = as(Role::kView);
  expect_problem(other.request("POST", "/api/v1/events", std::string(5000, ' ')), 403, "forbidden");
}

TEST_F(SessionTest, TooLargeAHeaderIs431) {
  for (const auto& request :
       {fmt::format("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n",
                    std::string(200'000, 'x')),
        fmt::format("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", std::string(200'000, 'x'))}) {
    auto client = tcp();
    client.send(request);
    expect_problem(client.receive(), 431, "header_too_large");
  }
}

TEST_F(SessionTest, EndlessChunkExtensionsAreRefused) {
  auto client = tcp();
  client.send(
      fmt::format("POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n"
                  "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1;{}",
                  hub_.add_token(Role::kIngest), std::string(100'000, 'x')));
  EXPECT_EQ(client.receive().status, 431);
}

TEST_F(SessionTest, GarbageIs400) {
  for (const std::string_view bytes :
       {"nonsense\r\n\r\n", "GET /healthz HTTP/9.9\r\n\r\n", "\x16\x03\x01\xa5\x01\x01\xa1\r\n\r\n",
        "GET /healthz HTTP/1.1\r\n\r\n", "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: localhost\r\nbad header\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost : localhost\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: a\x01z\r\n\r\n",
        "POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        "POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
        "Content-Length: 2\r\n\r\nab",
        "POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n"
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET  /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"}) {
    EXPECT_EQ(status_for(bytes), 400) << bytes;
  }
  EXPECT_EQ(status_for(kHealth), 200);
}

TEST_F(SessionTest, AClientThatLeavesInTheMiddleHarmsNobody) {
  for (const std::string_view bytes :
       {"", "G", "GET /healthz HTTP/1.1\r\nHost: loc",
        "POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"}) {
    auto client = tcp();
    client.send(bytes);
  }
  EXPECT_EQ(status_for(kHealth), 200);
  EXPECT_TRUE(reported().empty());
}

TEST_F(SessionTest, AClientThatLeavesWhileTheHubWorksHarmsNobody) {
  hub_.hold();
  {
    auto client = as(Role::kIngest);
    client.send(fmt::format(
        "POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n"
        "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n[]",
        hub_.add_token(Role::kIngest)));
    hub_.wait_until_held();
  }
  hub_.release();
  EXPECT_EQ(status_for(kHealth), 200);
  EXPECT_TRUE(reported().empty());
}

TEST_F(SessionTest, AnIdleConnectionEnds) {
  options_.idle_timeout = std::chrono::milliseconds{20};
  auto silent = tcp();
  EXPECT_TRUE(silent.is_closed());
}

TEST_F(SessionTest, ASlowHeaderIs408) {
  options_.header_timeout = std::chrono::milliseconds{20};
  auto client = tcp();
  client.send("GET /healthz HTTP/1.1\r\nHost:");
  expect_problem(client.receive(), 408, "request_timeout");
}

TEST_F(SessionTest, ASlowBodyIs408) {
  options_.body_timeout = std::chrono::milliseconds{20};
  auto client = tcp();
  client.send(
      fmt::format("POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n"
                  "Content-Type: application/json\r\nContent-Length: 10\r\n\r\n[",
                  hub_.add_token(Role::kIngest)));
  expect_problem(client.receive(), 408, "request_timeout");
  EXPECT_TRUE(hub_.intakes().empty());
}

TEST_F(SessionTest, ARequestThatIsWorkedOnHasNoDeadline) {
  options_.header_timeout = options_.body_timeout = std::chrono::milliseconds{20};
  auto working = held();
  auto slow = tcp();
  slow.send("GET");
  EXPECT_EQ(slow.receive().status, 408);  // so deadlines have been looked at
  hub_.release();
  EXPECT_EQ(working.receive().status, 200);
}

TEST_F(SessionTest, WhenAllConnectionsAreBusyAnotherGets503) {
  options_.max_connections = 1;
  auto working = held();
  auto second = tcp();
  EXPECT_EQ(second.receive().status, 503);
  EXPECT_EQ(admin().request("GET", "/healthz").status, 200);  // counts for itself
  hub_.release();
  EXPECT_EQ(working.receive().status, 200);
}

TEST_F(SessionTest, AStrangerWhoWaitsLongestMakesRoomForTheNext) {
  options_.max_connections = 3;
  auto known = as(Role::kView);
  EXPECT_EQ(known.request("GET", "/api/v1/log").status, 200);
  auto slow = tcp();
  slow.send("GET /healthz HTTP/1.1\r\nHost:");
  auto silent = tcp();
  EXPECT_EQ(silent.request("GET", "/healthz").status, 200);
  EXPECT_EQ(tcp().request("GET", "/healthz").status, 200);
  EXPECT_TRUE(slow.is_closed());
  EXPECT_EQ(known.request("GET", "/api/v1/log").status, 200);
}

TEST_F(SessionTest, WithoutStrangersTheOneThatIsIdleLongestMakesRoom) {
  options_.max_connections = 2;
  auto first = as(Role::kView);
  EXPECT_EQ(first.request("GET", "/api/v1/log").status, 200);
  auto second = as(Role::kView);
  EXPECT_EQ(second.request("GET", "/api/v1/log").status, 200);
  auto third = as(Role::kView);
  EXPECT_EQ(third.request("GET", "/api/v1/log").status, 200);
  EXPECT_TRUE(first.is_closed());
  EXPECT_EQ(second.request("GET", "/api/v1/log").status, 200);
}

TEST_F(SessionTest, AnExceptionIsA500AndIsReported) {
  hub_.throws = true;
  auto client = as(Role::kIngest);
  const auto problem =
      expect_problem(client.request("POST", "/api/v1/events", "[]"), 500, "internal");
  EXPECT_EQ(problem.dump().find("out of everything"), std::string::npos);
  ASSERT_EQ(reported().size(), 1U);
  EXPECT_NE(reported()[0].find("out of everything"), std::string::npos);
  EXPECT_EQ(client.request("GET", "/healthz").status, 200);
}

TEST_F(SessionTest, StopFinishesRunningRequestsAndRefusesNewOnes) {
  hub_.hold();
  auto running = as(Role::kIngest);
  auto idle = tcp();
  EXPECT_EQ(idle.request("GET", "/healthz").status, 200);
  std::thread sending([&] {
    const auto response = running.request("POST", "/api/v1/events", "[]");
    EXPECT_EQ(response.status, 202);
    EXPECT_EQ(response.header("connection"), "close");
  });
  hub_.wait_until_held();
  std::thread stopping([&] { server_->stop(); });
  EXPECT_TRUE(idle.is_closed());  // the stop has begun
  EXPECT_THROW(RawClient::to_url(server_->url()), std::runtime_error);
  hub_.release();
  sending.join();
  stopping.join();
  EXPECT_TRUE(running.is_closed());
}

TEST_F(SessionTest, StopDoesNotWaitForEver) {
  options_.stop_timeout = std::chrono::milliseconds{10};
  hub_.hold();
  auto client = as(Role::kIngest);
  client.send(
      fmt::format("POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n"
                  "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n[]",
                  hub_.add_token(Role::kIngest)));
  hub_.wait_until_held();
  server_->stop();
  EXPECT_TRUE(client.is_closed());
  server_->stop();
  server_.reset();
  hub_.release();  // an answer that comes after the end is dropped
}

TEST_F(SessionTest, AnAddressInUseIsRefusedWithItsName) {
  start();
  auto options = options_;
  options.listen = server_->url().substr(7);
  options.admin_socket.clear();
  options.socket.clear();
  Server second(options, hub_, clock_);
  const auto started = second.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::kConfigInvalid);
  EXPECT_NE(started.error().detail.find(options.listen), std::string::npos);
}

TEST_F(SessionTest, ASocketInUseIsLeftAlone) {
  start();
  auto options = options_;
  Server second(options, hub_, clock_);
  EXPECT_FALSE(second.start());
  EXPECT_EQ(admin().request("GET", "/healthz").status, 200);
}

TEST_F(SessionTest, BadAddressesAreRefused) {
  for (const auto* address : {"nonsense", "127.0.0.1:", ":80", "127.0.0.1:99999", "127.0.0.1:x",
                              "256.1.1.1:0", "no-such-host.invalid:0"}) {
    auto options = options_;
    options.listen = address;
    Server server(options, hub_, clock_);
    const auto started = server.start();
    ASSERT_FALSE(started) << address;
    EXPECT_EQ(started.error().code, ErrorCode::kConfigInvalid);
  }
  auto options = options_;
  options.admin_socket = dir_ / std::string(200, 'x');
  Server server(options, hub_, clock_);
  EXPECT_FALSE(server.start());
}

}  // namespace
}  // namespace mih::api
