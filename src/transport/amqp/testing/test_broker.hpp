#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace mih::transport::amqp {

/// A small AMQP server for tests: plain sockets on a free port of 127.0.0.1, a thread for each
/// connection. It takes any login; the routing key of a message says what it does with it.
class TestBroker {
 public:
  struct Received {
    std::string exchange;
    std::string routing_key;
    std::string header;  ///< the payload of the header frame
    std::string body;
    int connection = 0;  ///< the n-th connection of this broker, from 1
  };
  enum class Then { kConfirm, kReject, kReturn, kSilence, kBreak, kBlock, kCloseChannel };
  /// "silence", "break", ... ; anything else is confirmed.
  static Then by_routing_key(const std::string& key);

  TestBroker();
  ~TestBroker();
  TestBroker(const TestBroker&) = delete;
  TestBroker& operator=(const TestBroker&) = delete;

  /// amqp://127.0.0.1:PORT
  std::string url() const;
  int port() const { return port_; }
  std::vector<Received> received();
  void wait_for_messages(std::size_t count);
  /// The messages that each subscriber gets at once: id and body.
  using Queue = std::vector<std::pair<std::string, std::string>>;
  void fill(Queue queue);
  /// Waits until so many messages were acknowledged, or given back.
  void wait_for_acknowledged(std::size_t count);
  void wait_for_given_back(std::size_t count);
  std::vector<std::uint64_t> acknowledged();
  /// Waits until so many clients have said goodbye as the protocol wants.
  void wait_for_farewells(std::size_t count);
  std::size_t connections();

 private:
  class Peer;
  void accept_all();
  void took(Received message);
  void said_goodbye();
  Queue queue();
  void answered(std::vector<std::uint64_t> TestBroker::* list, std::uint64_t tag);
  void wait(const std::function<bool()>& ready);

  int port_ = 0;
  int listener_ = -1;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Received> received_;
  Queue queue_;
  std::vector<std::uint64_t> acknowledged_;
  std::vector<std::uint64_t> given_back_;
  std::list<Peer> peers_;
  std::size_t farewells_ = 0;
  bool stopping_ = false;
  std::thread acceptor_;
};

}  // namespace mih::transport::amqp
