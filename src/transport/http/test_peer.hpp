#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace mih::transport {

/// A real HTTP/1.1 server for tests: plain sockets on a free port of 127.0.0.1, a thread for each
/// connection, and a script that says what is answered.
class TestPeer {
 public:
  struct Received {
    std::string head;  ///< request line and headers as they came
    std::string body;
    int connection = 0;  ///< the n-th connection of this server, from 1
    std::string method() const;
    std::string target() const;
    /// The value; empty optional if the header is not there.
    std::optional<std::string> header(std::string_view name) const;
  };
  enum class Then { kKeepOpen, kClose, kSilence };
  struct Answer {
    std::string bytes;
    Then then = Then::kKeepOpen;
  };
  using Script = std::function<Answer(const Received&)>;

  /// A whole answer with Content-Length.
  static Answer answer(int status, std::string_view body = "", std::string_view headers = "");

  enum class Scheme { kHttp, kHttps };
  explicit TestPeer(Script script, Scheme scheme = Scheme::kHttp);
  ~TestPeer();
  TestPeer(const TestPeer&) = delete;
  TestPeer& operator=(const TestPeer&) = delete;

  std::string url(std::string_view path = "/") const;
  int port() const { return port_; }
  std::vector<Received> received();
  void wait_for_requests(std::size_t count);
  /// Waits until the server has closed so many connections.
  void wait_for_closed(std::size_t count);
  /// The certificate of an https server (for localhost and 127.0.0.1), as a PEM file.
  const std::filesystem::path& ca_file() const { return ca_file_; }

 private:
  struct Tls;
  class Connection;
  void accept_all();
  void serve(Connection& connection);
  std::optional<Received> read_request(Connection& connection, std::string& buffer);
  void wait(const std::function<bool()>& ready);

  Script script_;
  int port_ = 0;
  int listener_ = -1;
  std::unique_ptr<Tls> tls_;
  std::filesystem::path ca_file_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Received> received_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::size_t closed_ = 0;
  bool stopping_ = false;
  std::thread acceptor_;
};

}  // namespace mih::transport
