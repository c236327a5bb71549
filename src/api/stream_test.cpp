#include "api/stream.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>

#include "api/testing/server_test.hpp"

namespace mih::api {
namespace {

using testing::RawClient;
using testing::ServerTest;

LiveMessage event_of(std::string site, std::string data = "{}") {
  return {LiveKind::kEvent, std::move(data), std::move(site)};
}

/// A stream on a loop that the test turns by hand.
class StreamQueue : public ::testing::Test {
 protected:
  /// What next() gives; empty when it still waits.
  std::optional<std::string> next() {
    auto got = std::make_shared<std::optional<std::string>>();
    async::asio::co_spawn(
        io_,
        [](Stream& stream, auto place) -> async::Task<> { *place = co_await stream.next(); }(
                                           stream_, got),
        async::asio::detached);
    io_.restart();
    io_.poll();
    return *got;
  }

  async::asio::io_context io_{1};
  int fell_behind_ = 0;
  Stream stream_{io_.get_executor(),
                 {.site = "main",
                  .may_listen = [] { return true; },
                  .fell_behind = [this] { ++fell_behind_; }}};
};

TEST_F(StreamQueue, GivesAllThatWaitsAtOnceAndInOrder) {
  stream_.offer({LiveKind::kCounters, "{\"a\":1}"});
  stream_.offer({LiveKind::kDeadLetter, "{\"b\":2}"});
  EXPECT_EQ(next(), "event: counters\ndata: {\"a\":1}\n\nevent: dead_letter\ndata: {\"b\":2}\n\n");
}

TEST_F(StreamQueue, WaitsForTheNextMessage) {
  EXPECT_EQ(next(), std::nullopt);
  stream_.offer_sign_of_life();
  io_.restart();
  io_.poll();
  stream_.offer_sign_of_life();
  EXPECT_EQ(next(), ":\n\n");
}

TEST_F(StreamQueue, LeavesOutEventsOfOtherSites) {
  stream_.offer(event_of("other"));
  stream_.offer(event_of("main"));
  stream_.offer({LiveKind::kCircuit, "{}"});
  EXPECT_EQ(next(), "event: event\ndata: {}\n\nevent: circuit\ndata: {}\n\n");
}

TEST_F(StreamQueue, WhatWaitsIsSentBeforeTheEnd) {
  stream_.offer({LiveKind::kAlert, "{}"});
  stream_.end();
  stream_.offer({LiveKind::kAlert, "{}"});
  EXPECT_EQ(next(), "event: alert\ndata: {}\n\n");
  EXPECT_EQ(next(), "");
}

TEST_F(StreamQueue, WhoFallsBehindIsCutOffAndKeepsNoMemory) {
  const std::string large(Stream::kMaxWaiting / 4, 'x');
  for (int i = 0; i < 3; ++i)
    stream_.offer(event_of("main", large));
  EXPECT_EQ(fell_behind_, 0);
  for (int i = 0; i < 3; ++i)
    stream_.offer(event_of("main", large));
  EXPECT_EQ(fell_behind_, 1);
  EXPECT_EQ(next(), "");
}

class StreamOverHttp : public ServerTest {
 protected:
  RawClient listener(std::string_view version = "1.1") {
    auto client = tcp();
    client.send("GET /api/v1/stream HTTP/" + std::string(version) +
                "\r\nHost: localhost\r\nAuthorization: Bearer " +
                hub_.add_token(core::Role::kView) + "\r\n\r\n");
    return client;
  }
};

TEST_F(StreamOverHttp, TellsWhatHappensAndEndsWithTheServer) {
  hub_.reader.counted.events_accepted = 7;
  auto client = listener();
  EXPECT_NE(client.receive_until("\"events_accepted\":7").find("retry: 3000\n\n"),
            std::string::npos);
  ASSERT_TRUE(hub_.is_listened_to());
  hub_.tell({LiveKind::kCircuit, R"({"service":"crm"})"});
  client.receive_until("event: circuit\ndata: {\"service\":\"crm\"}\n\n");
  server_->stop();
  EXPECT_TRUE(client.receive_until_closed().ends_with("0\r\n\r\n"));
  EXPECT_FALSE(hub_.is_listened_to());
}

TEST_F(StreamOverHttp, HasItsHeadAndIsNotChunkedForHttp10) {
  auto client = listener();
  const auto head = client.receive_until("\r\n\r\n");
  for (const auto* line : {"Content-Type: text/event-stream\r\n", "Cache-Control: no-store\r\n",
                           "Transfer-Encoding: chunked\r\n", "Connection: close\r\n"}) {
    EXPECT_NE(head.find(line), std::string::npos) << line << head;
  }
  EXPECT_EQ(head.find("Content-Length"), std::string::npos);
  auto old = listener("1.0");
  EXPECT_EQ(old.receive_until("retry: 3000\n\n").find("chunked"), std::string::npos);
}

TEST_F(StreamOverHttp, IsNotCutByTheTimeBetweenRequests) {
  options_.idle_timeout = std::chrono::milliseconds(20);
  auto client = listener();
  client.receive_until("event: counters");
  client.receive_until("event: counters");
  client.receive_until("event: counters");
}

TEST_F(StreamOverHttp, DoesNotKeepASessionAlive) {
  options_.logins.idle = std::chrono::seconds(3);
  hub_.people.add("ada", core::Role::kView, "a long password");
  auto browser = tcp();
  const auto login =
      browser.request("POST", "/api/v1/session", R"({"name":"ada","password":"a long password"})");
  const auto cookie = login.header("set-cookie");
  auto client = tcp();
  client.send("GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\nCookie: " +
              cookie.substr(0, cookie.find(';')) + "\r\n\r\n");
  client.receive_until("event: counters");
  EXPECT_TRUE(client.receive_until_closed().ends_with("0\r\n\r\n"));
}

TEST_F(StreamOverHttp, HeadHasNoStream) {
  auto client = as(core::Role::kView);
  EXPECT_EQ(client.request("HEAD", "/api/v1/stream").status, 200);
  EXPECT_FALSE(hub_.is_listened_to());
}

TEST_F(StreamOverHttp, SomeAreManyEnough) {
  std::vector<RawClient> clients;
  for (std::size_t i = 0; i < 64; ++i) {
    clients.push_back(listener());
    clients.back().receive_until("retry: 3000\n\n");
  }
  auto one_more = as(core::Role::kView);
  expect_problem(one_more.request("GET", "/api/v1/stream"), 429, "busy");
}

}  // namespace
}  // namespace mih::api
