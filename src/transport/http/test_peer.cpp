#include "transport/http/test_peer.hpp"

#include <arpa/inet.h>
#include <csignal>
#include <cstdio>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/header.hpp"
#include "transport/http/header_list.hpp"

namespace mih::transport {

/// A key and a self-signed certificate, made for this run.
struct TestPeer::Tls {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();

  Tls() {
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
    X509_set_pubkey(certificate, key);
    X509_NAME* name = X509_get_subject_name(certificate);
    const auto* text = reinterpret_cast<const unsigned char*>("localhost");
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    extend(NID_basic_constraints, "critical,CA:TRUE");
    extend(NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
    X509_sign(certificate, key, EVP_sha256());
    SSL_CTX_use_certificate(context, certificate);
    SSL_CTX_use_PrivateKey(context, key);
  }
  ~Tls() {
    X509_free(certificate);
    EVP_PKEY_free(key);
    SSL_CTX_free(context);
  }
  Tls(const Tls&) = delete;
  Tls& operator=(const Tls&) = delete;

  void extend(int nid, const char* value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }
  void write_to(const std::filesystem::path& path) const {
    std::FILE* file = std::fopen(path.c_str(), "w");
    PEM_write_X509(file, certificate);
    std::fclose(file);
  }
};

class TestPeer::Connection {
 public:
  Connection(int socket, int number, SSL_CTX* context) : number(number), socket_(socket) {
    if (!context) return;
    ssl_ = SSL_new(context);
    SSL_set_fd(ssl_, socket);
  }
  ~Connection() {
    thread.join();
    SSL_free(ssl_);
    ::close(socket_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  bool greet() { return !ssl_ || SSL_accept(ssl_) == 1; }
  long read(char* data, std::size_t size) {
    return ssl_ ? SSL_read(ssl_, data, static_cast<int>(size)) : ::recv(socket_, data, size, 0);
  }
  bool write(std::string_view bytes) {
    while (!bytes.empty()) {
      const long count = ssl_ ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                              : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }
  /// Ends both directions; the descriptor stays until the destructor.
  void hang_up() { ::shutdown(socket_, SHUT_RDWR); }

  const int number;
  std::thread thread;

 private:
  const int socket_;
  SSL* ssl_ = nullptr;
};

std::string TestPeer::Received::method() const {
  return head.substr(0, head.find(' '));
}

std::string TestPeer::Received::target() const {
  const auto begin = head.find(' ') + 1;
  return head.substr(begin, head.find(' ', begin) - begin);
}

std::optional<std::string> TestPeer::Received::header(std::string_view name) const {
  for (std::size_t at = head.find("\r\n"); at + 2 < head.size(); at = head.find("\r\n", at + 2)) {
    const std::string_view line =
        std::string_view{head}.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || !equal_ignoring_case(line.substr(0, colon), name))
      continue;
    const auto value = line.find_first_not_of(' ', colon + 1);
    return value == std::string_view::npos ? "" : std::string{line.substr(value)};
  }
  return std::nullopt;
}

TestPeer::Answer TestPeer::answer(int status, std::string_view body, std::string_view headers) {
  return {fmt::format("HTTP/1.1 {} Status\r\nContent-Length: {}\r\n{}\r\n{}", status, body.size(),
                      headers, body)};
}

TestPeer::TestPeer(Script script, Scheme scheme) : script_(std::move(script)) {
  std::signal(SIGPIPE, SIG_IGN);
  if (scheme == Scheme::kHttps) {
    tls_ = std::make_unique<Tls>();
    std::string name = ::testing::TempDir() + "mihpeerXXXXXX";
    ::close(mkstemp(name.data()));
    ca_file_ = name;
    tls_->write_to(ca_file_);
  }
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* plain = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, plain, size) != 0 || ::listen(listener_, 1024) != 0 ||
      ::getsockname(listener_, plain, &size) != 0) {
    ADD_FAILURE() << "no free port on 127.0.0.1";
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread{[this] { accept_all(); }};
}

TestPeer::~TestPeer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const auto& connection : connections_)
      connection->hang_up();
  }
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  connections_.clear();
  if (!ca_file_.empty()) std::filesystem::remove(ca_file_);
}

std::string TestPeer::url(std::string_view path) const {
  return fmt::format("{}://127.0.0.1:{}{}", tls_ ? "https" : "http", port_, path);
}

std::vector<TestPeer::Received> TestPeer::received() {
  const std::lock_guard lock(mutex_);
  return received_;
}

void TestPeer::wait_for_requests(std::size_t count) {
  wait([&] { return received_.size() >= count; });
}

void TestPeer::wait_for_closed(std::size_t count) {
  wait([&] { return closed_ >= count; });
}

void TestPeer::wait(const std::function<bool()>& ready) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, std::chrono::seconds{60}, ready)) {
    ADD_FAILURE() << "the peer waited in vain";
  }
}

void TestPeer::accept_all() {
  for (;;) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    const std::lock_guard lock(mutex_);
    const int number = static_cast<int>(connections_.size()) + 1;
    connections_.push_back(
        std::make_unique<Connection>(socket, number, tls_ ? tls_->context : nullptr));
    Connection& connection = *connections_.back();
    if (stopping_) connection.hang_up();
    connection.thread = std::thread{[this, &connection] { serve(connection); }};
  }
}

void TestPeer::serve(Connection& connection) {
  std::string buffer;
  if (connection.greet()) {
    while (const auto request = read_request(connection, buffer)) {
      const Answer answer = script_(*request);
      if (!connection.write(answer.bytes) || answer.then == Then::kClose) break;
      if (answer.then == Then::kSilence) {
        std::string ignored;
        read_request(connection, ignored);
        break;
      }
    }
  }
  connection.hang_up();
  const std::lock_guard lock(mutex_);
  ++closed_;
  changed_.notify_all();
}

std::optional<TestPeer::Received> TestPeer::read_request(Connection& connection,
                                                         std::string& buffer) {
  constexpr char kTlsHandshake = 0x16;
  const auto read_until = [&](auto&& complete) {
    std::array<char, 16384> chunk;
    while (!complete()) {
      const long count = connection.read(chunk.data(), chunk.size());
      if (count <= 0) return false;
      buffer.append(chunk.data(), static_cast<std::size_t>(count));
      if (buffer[0] == kTlsHandshake) return connection.write(answer(400).bytes), false;
    }
    return true;
  };
  if (!read_until([&] { return buffer.contains("\r\n\r\n"); })) return std::nullopt;
  Received request;
  request.connection = connection.number;
  const auto end = buffer.find("\r\n\r\n") + 4;
  request.head = buffer.substr(0, end - 2);
  buffer.erase(0, end);
  const auto length =
      static_cast<std::size_t>(std::stoul(request.header("Content-Length").value_or("0")));
  if (!read_until([&] { return buffer.size() >= length; })) return std::nullopt;
  request.body = buffer.substr(0, length);
  buffer.erase(0, length);
  const std::lock_guard lock(mutex_);
  received_.push_back(request);
  changed_.notify_all();
  return request;
}

}  // namespace mih::transport
