#include "transport/amqp/testing/test_broker.hpp"

#include <arpa/inet.h>
#include <array>
#include <chrono>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transport/amqp/message.hpp"
#include "transport/amqp/testing/broker_frames.hpp"

namespace mih::transport::amqp {

using testing::Heard;

/// One connection.
class TestBroker::Peer {
 public:
  Peer(TestBroker& broker, int socket, int number)
      : broker_(broker), socket_(socket), number_(number), thread_([this] { serve(); }) {}
  ~Peer() {
    ::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    ::close(socket_);
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

 private:
  void serve() {
    FrameReader frames;
    std::array<char, 65536> buffer{};
    bool greeted = false;
    for (;;) {
      const auto size = ::recv(socket_, buffer.data(), buffer.size(), 0);
      if (size <= 0) return;
      const std::string_view bytes{buffer.data(), static_cast<std::size_t>(size)};
      if (!std::exchange(greeted, true)) say(testing::start());
      for (const Heard& frame : testing::heard(frames, bytes)) {
        if (!take(frame)) {
          ::shutdown(socket_, SHUT_RDWR);
          return;
        }
      }
    }
  }

  /// False: the connection is to be closed.
  bool take(const Heard& frame) {
    if (frame.type == FrameType::kHeader || frame.type == FrameType::kBody) {
      return take_content(frame);
    }
    if (frame.is(10, 11)) say(testing::tune());
    if (frame.is(10, 40)) say(testing::open_ok());
    if (frame.is(20, 10)) {
      tag_ = 0;
      say(testing::channel_open_ok(frame.channel));
    }
    if (frame.is(50, 10)) say(testing::queue_declare_ok("queue"));
    if (frame.is(85, 10)) say(testing::confirm_select_ok());
    if (frame.is(60, 40)) {
      WireReader reader(frame.payload);
      reader.number<std::uint16_t>();
      message_ = {
          std::string{reader.short_text()}, std::string{reader.short_text()}, {}, {}, number_};
      ++tag_;
    }
    if (frame.is(60, 10)) say(testing::qos_ok());
    if (frame.is(60, 20)) deliver();
    if (frame.is(60, 80)) broker_.answered(&TestBroker::acknowledged_, tag_of(frame));
    if (frame.is(60, 120)) broker_.answered(&TestBroker::given_back_, tag_of(frame));
    if (frame.is(10, 50)) {
      say(testing::close_ok());
      broker_.said_goodbye();
      return false;
    }
    return true;
  }

  static std::uint64_t tag_of(const Heard& frame) {
    return WireReader{frame.payload}.number<std::uint64_t>();
  }

  void deliver() {
    std::string frames = testing::consume_ok();
    std::uint64_t tag = 0;
    for (const auto& [id, body] : broker_.queue())
      frames += testing::deliver(++tag, id, body);
    say(frames);
  }

  bool take_content(const Heard& frame) {
    if (frame.type == FrameType::kHeader) {
      message_.header = frame.payload;
      left_ = read_content_header(frame.payload)->body_size;
    } else {
      message_.body += frame.payload;
      left_ -= frame.payload.size();
    }
    if (left_ > 0) return true;
    const Then then = by_routing_key(message_.routing_key);
    const auto id = read_content_header(message_.header)->message_id;
    broker_.took(std::move(message_));
    switch (then) {
      case Then::kConfirm:
        say(testing::ack(tag_));
        break;
      case Then::kReject:
        say(testing::nack(tag_));
        break;
      case Then::kReturn:
        say(testing::returned(id) + testing::ack(tag_));
        break;
      case Then::kBlock:
        say(testing::blocked("low on memory"));
        break;
      case Then::kCloseChannel:
        say(testing::close(1, 404, "NOT_FOUND - no exchange 'x' in vhost '/'"));
        break;
      case Then::kSilence:
        break;
      case Then::kBreak:
        return false;
    }
    return true;
  }

  void say(const std::string& bytes) { ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }

  TestBroker& broker_;
  int socket_;
  int number_;
  std::uint64_t tag_ = 0;
  std::uint64_t left_ = 0;
  Received message_;
  std::thread thread_;
};

TestBroker::Then TestBroker::by_routing_key(const std::string& key) {
  if (key == "reject") return Then::kReject;
  if (key == "return") return Then::kReturn;
  if (key == "silence") return Then::kSilence;
  if (key == "break") return Then::kBreak;
  if (key == "block") return Then::kBlock;
  if (key == "close-channel") return Then::kCloseChannel;
  return Then::kConfirm;
}

TestBroker::TestBroker() : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* plain = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(::bind(listener_, plain, size), 0);
  EXPECT_EQ(::listen(listener_, 64), 0);
  EXPECT_EQ(::getsockname(listener_, plain, &size), 0);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread{[this] { accept_all(); }};
}

TestBroker::~TestBroker() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  peers_.clear();
}

void TestBroker::accept_all() {
  for (;;) {
    const int socket = ::accept(listener_, nullptr, nullptr);
    const std::lock_guard lock(mutex_);
    if (stopping_ || socket < 0) {
      if (socket >= 0) ::close(socket);
      return;
    }
    peers_.emplace_back(*this, socket, static_cast<int>(peers_.size()) + 1);
  }
}

std::string TestBroker::url() const {
  return fmt::format("amqp://127.0.0.1:{}", port_);
}

std::vector<TestBroker::Received> TestBroker::received() {
  const std::lock_guard lock(mutex_);
  return received_;
}

std::size_t TestBroker::connections() {
  const std::lock_guard lock(mutex_);
  return peers_.size();
}

void TestBroker::took(Received message) {
  const std::lock_guard lock(mutex_);
  received_.push_back(std::move(message));
  changed_.notify_all();
}

void TestBroker::said_goodbye() {
  const std::lock_guard lock(mutex_);
  ++farewells_;
  changed_.notify_all();
}

void TestBroker::fill(Queue queue) {
  const std::lock_guard lock(mutex_);
  queue_ = std::move(queue);
}

TestBroker::Queue TestBroker::queue() {
  const std::lock_guard lock(mutex_);
  return queue_;
}

void TestBroker::answered(std::vector<std::uint64_t> TestBroker::* list, std::uint64_t tag) {
  const std::lock_guard lock(mutex_);
  (this->*list).push_back(tag);
  changed_.notify_all();
}

std::vector<std::uint64_t> TestBroker::acknowledged() {
  const std::lock_guard lock(mutex_);
  return acknowledged_;
}

void TestBroker::wait_for_acknowledged(std::size_t count) {
  wait([&] { return acknowledged_.size() >= count; });
}

void TestBroker::wait_for_given_back(std::size_t count) {
  wait([&] { return given_back_.size() >= count; });
}

void TestBroker::wait(const std::function<bool()>& ready) {
  std::unique_lock lock(mutex_);
  EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds{60}, ready));
}

void TestBroker::wait_for_messages(std::size_t count) {
  wait([&] { return received_.size() >= count; });
}

void TestBroker::wait_for_farewells(std::size_t count) {
  wait([&] { return farewells_ >= count; });
}

}  // namespace mih::transport::amqp
