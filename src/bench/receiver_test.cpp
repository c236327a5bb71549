#include "bench/receiver.hpp"

#include <gtest/gtest.h>
#include <string>
#include <sys/socket.h>
#include <thread>

#include "bench/http_client.hpp"

namespace mih::bench {
namespace {

constexpr auto kTimeout = std::chrono::milliseconds{10'000};

class ReceiverTest : public testing::Test {
 protected:
  void SetUp() override {
    auto started = Receiver::start();
    ASSERT_TRUE(started) << started.error().detail;
    receiver_ = std::move(*started);
    endpoint_ = {"127.0.0.1", receiver_->port()};
  }

  Fd connect() {
    auto socket = connect_tcp(endpoint_, kTimeout);
    EXPECT_TRUE(socket);
    return std::move(*socket);
  }

  /// Reads until `size` bytes came or the connection was closed.
  static std::string read(const Fd& socket, std::size_t size) {
    std::string text(size, '\0');
    const ssize_t got = ::recv(socket.get(), text.data(), size, MSG_WAITALL);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
  }

  std::unique_ptr<Receiver> receiver_;
  Endpoint endpoint_;
};

const std::string kOk = "HTTP/1.1 204 .\r\n\r\n";

std::string request(std::string_view id, std::string_view body) {
  return "POST / HTTP/1.1\r\nwebhook-id: " + std::string{id} +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string{body};
}

TEST_F(ReceiverTest, AnswersEveryRequestOfAKeptConnection) {
  auto client = HttpClient::over_tcp(endpoint_, "", kTimeout);
  for (int i = 0; i < 3; ++i) {
    const auto response = client.exchange("POST", "/hook", "{}");
    ASSERT_TRUE(response) << response.error().detail;
    EXPECT_EQ(response->status, 204);
  }
}

TEST_F(ReceiverTest, KeepsTheIdOfEachRequestInOrder) {
  const Fd socket = connect();
  const auto before = std::chrono::steady_clock::now();
  ASSERT_TRUE(write_all(socket, request("d_a", "1") + request("d_b", "22") + request("d_a", "")));
  EXPECT_EQ(read(socket, 3 * kOk.size()), kOk + kOk + kOk);
  while (receiver_->counts().taken < 3)
    std::this_thread::yield();
  const auto arrivals = receiver_->take_arrivals();
  ASSERT_EQ(arrivals.size(), 3u);
  EXPECT_EQ(arrivals[0].id, hash_id("d_a"));
  EXPECT_EQ(arrivals[1].id, hash_id("d_b"));
  EXPECT_EQ(arrivals[2].id, hash_id("d_a"));
  EXPECT_GE(arrivals[0].time, before);
}

TEST_F(ReceiverTest, PutsARequestInPiecesTogether) {
  const Fd socket = connect();
  const std::string whole = request("d_a", "hello");
  for (const char c : whole)
    ASSERT_TRUE(write_all(socket, std::string_view{&c, 1}));
  EXPECT_EQ(read(socket, kOk.size()), kOk);
}

TEST_F(ReceiverTest, AnswersWhatItIsTold) {
  auto client = HttpClient::over_tcp(endpoint_, "", kTimeout);
  receiver_->answer_with({.status = 503});
  EXPECT_EQ(client.exchange("POST", "/", "x").value().status, 503);
  EXPECT_EQ(client.exchange("POST", "/", "x").value().status, 503);
  EXPECT_EQ(receiver_->counts().refused, 2);
  EXPECT_TRUE(receiver_->take_arrivals().empty());
  receiver_->answer_with({.status = 200});
  EXPECT_EQ(client.exchange("POST", "/", "x").value().status, 200);
}

TEST_F(ReceiverTest, ADelayedAnswerHoldsUpItsOwnConnectionOnly) {
  receiver_->answer_with({.status = 204, .delay = std::chrono::hours{1}});
  const Fd slow = connect();
  ASSERT_TRUE(write_all(slow, request("d_slow", "") + request("d_behind", "")));
  while (receiver_->counts().taken < 1)
    std::this_thread::yield();
  receiver_->answer_with({.status = 204});
  const Fd quick = connect();
  ASSERT_TRUE(write_all(quick, request("d_quick", "")));
  EXPECT_EQ(read(quick, kOk.size()), kOk);
  while (receiver_->counts().taken < 2)
    std::this_thread::yield();
  const auto arrivals = receiver_->take_arrivals();
  ASSERT_EQ(arrivals.size(), 2u);
  EXPECT_EQ(arrivals[0].id, hash_id("d_slow"));
  EXPECT_EQ(arrivals[1].id, hash_id("d_quick"));
}

TEST_F(ReceiverTest, GoesOnWithAConnectionAfterADelayedAnswer) {
  receiver_->answer_with({.status = 204, .delay = std::chrono::milliseconds{1}});
  const Fd socket = connect();
  ASSERT_TRUE(write_all(socket, request("d_a", "") + request("d_b", "")));
  EXPECT_EQ(read(socket, 2 * kOk.size()), kOk + kOk);
}

TEST_F(ReceiverTest, RefusesWhatItCannotFrame) {
  const Fd chunked = connect();
  ASSERT_TRUE(write_all(chunked, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"));
  EXPECT_TRUE(read(chunked, 200).starts_with("HTTP/1.1 411 "));
  const Fd nonsense = connect();
  ASSERT_TRUE(write_all(nonsense, "POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n"));
  EXPECT_TRUE(read(nonsense, 200).starts_with("HTTP/1.1 400 "));
}

TEST_F(ReceiverTest, ClosesWhenAsked) {
  const Fd socket = connect();
  ASSERT_TRUE(
      write_all(socket, "POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_EQ(read(socket, 200), kOk);  // ends at the close, not at 200 bytes
}

TEST_F(ReceiverTest, StopsWithOpenConnectionsAndDelayedAnswers) {
  receiver_->answer_with({.status = 204, .delay = std::chrono::hours{1}});
  const Fd socket = connect();
  ASSERT_TRUE(write_all(socket, request("d_a", "")));
  receiver_.reset();
  EXPECT_EQ(read(socket, 1), "");
}

}  // namespace
}  // namespace mih::bench
