#pragma once

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include "transport/conformance.hpp"
#include "transport/http/http_transport.hpp"
#include "transport/http/test_peer.hpp"

/// What the tests of the HTTP transport share.
namespace mih::transport {

/// A wall clock that stands still.
class FixedClock final : public Clock {
 public:
  Now now() const override {
    return {from_unix_ms(1'708'258'939'000), std::chrono::steady_clock::now()};
  }
};

inline HttpTransport::Options http_options(std::vector<std::string> allowed = {"127.0.0.0/8"}) {
  static const FixedClock kClock;
  HttpTransport::Options options;
  options.guard = Guard::parse(allowed).value();
  options.clock = &kClock;
  return options;
}

inline std::shared_ptr<core::Service> service() {
  auto service = std::make_shared<core::Service>();
  service->name = "crm";
  return service;
}

inline core::Request post(std::string url, std::shared_ptr<const core::Service> to = service()) {
  core::Request request;
  request.service = std::move(to);
  request.method = "POST";
  request.url = std::move(url);
  request.headers = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
  request.body = R"({"id": 5})";
  request.delivery_id = "d_abc";
  request.timeout = std::chrono::seconds{30};
  return request;
}

/// A port of 127.0.0.1 on which nobody listens: bound, so that nobody else gets it.
class ClosedPort {
 public:
  ClosedPort() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* plain = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(socket_, plain, size), 0);
    EXPECT_EQ(::getsockname(socket_, plain, &size), 0);
    url = fmt::format("http://127.0.0.1:{}/", ntohs(address.sin_port));
  }
  ~ClosedPort() { ::close(socket_); }
  ClosedPort(const ClosedPort&) = delete;
  ClosedPort& operator=(const ClosedPort&) = delete;
  std::string url;

 private:
  int socket_;
};

/// One transport, calls made one after another.
class HttpTest : public ::testing::Test {
 protected:
  core::Reply send(core::Request request) {
    transport_.send(++calls_, std::move(request));
    return replies_.wait(calls_);
  }

  Replies replies_;
  HttpTransport transport_{http_options(), replies_.sink()};
  CallId calls_ = 0;
};

inline TestPeer::Script always(TestPeer::Answer answer) {
  return [answer](const TestPeer::Received&) { return answer; };
}

}  // namespace mih::transport
