#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "core/exchange.hpp"
#include "transport/guard.hpp"

namespace mih::transport::amqp {

/// Where a connection goes, and what secures it.
struct LinkTarget {
  std::string host;
  std::uint16_t port = 0;
  bool tls = false;
  std::string ca_file;      ///< besides the system's authorities; "" = none
  std::string client_cert;  ///< PEM; "" = none
  std::string client_key;   ///< PEM
  bool operator==(const LinkTarget&) const = default;
};

/// A TLS context that verifies the peer. An error says which file or certificate is unusable.
Result<boost::asio::ssl::context> make_tls_context(const LinkTarget& target);

/// What a Link tells, on the thread of its io_context.
class LinkOwner {
 public:
  virtual ~LinkOwner() = default;
  virtual void on_connected() = 0;
  virtual void on_received(std::string_view bytes) = 0;
  /// The last call of all. Not after close().
  virtual void on_lost(core::Failure failure, std::string error) = 0;
};

/// One TCP connection, with or without TLS. Name resolution, the guard's judgement of each address,
/// connect, handshake; then bytes in both directions. Used on the thread of its io_context alone.
/// Has no deadlines of its own: the owner closes it.
///
/// While a lot waits that the other end does not take, nothing of it is read either: what it asks
/// for could else fill the memory with answers.
class Link : public std::enable_shared_from_this<Link> {
 public:
  /// `guard` and `owner` outlive the link, or rather its close().
  Link(boost::asio::io_context& io, const Guard& guard, LinkTarget target, LinkOwner& owner);

  void start();
  /// In order; may be called before the connection is there.
  void write(std::string bytes);
  /// Nothing is told any more. What was written and not yet sent is lost.
  void close();

 private:
  using Tcp = boost::asio::ip::tcp;
  using Code = boost::system::error_code;
  static constexpr std::size_t kMostUnheard = 64U << 20U;  ///< bytes

  void resolved(const Code& code, const Tcp::resolver::results_type& results);
  void connect_to(std::size_t index, const Code& last);
  void connected();
  void handshake();
  void established();
  void read();
  bool is_unheard() const { return waiting_.size() + writing_.size() > kMostUnheard; }
  void flush();
  void lose(core::Failure failure, std::string error);
  void lose(const Code& code);

  LinkTarget target_;
  const Guard& guard_;
  LinkOwner* owner_;  ///< null: closed
  Tcp::resolver resolver_;
  Tcp::socket socket_;
  std::optional<boost::asio::ssl::context> context_;
  std::optional<boost::asio::ssl::stream<Tcp::socket&>> tls_;
  std::vector<Tcp::endpoint> endpoints_;  ///< those that the guard allows
  bool established_ = false;
  bool reading_ = false;
  std::array<char, 16384> incoming_{};
  std::string waiting_;  ///< to be written next
  std::string writing_;
};

}  // namespace mih::transport::amqp
