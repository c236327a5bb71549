#include "transport/amqp/link.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <utility>

#include "base/ip.hpp"
#include "transport/pem_file.hpp"

namespace mih::transport::amqp {
namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using core::Failure;

IpAddress ip_of(const asio::ip::address& address) {
  IpAddress ip;
  if (address.is_v4()) {
    std::ranges::copy(address.to_v4().to_bytes(), ip.bytes.begin());
  } else {
    std::ranges::copy(address.to_v6().to_bytes(), ip.bytes.begin());
    ip.is_v4 = false;
  }
  return ip;
}

Failure failure_of(const boost::system::error_code& code) {
  if (code.category() == asio::error::get_ssl_category() ||
      code.category() == ssl::error::get_stream_category()) {
    return code == ssl::error::stream_truncated ? Failure::kReset : Failure::kTls;
  }
  if (code == asio::error::connection_refused || code == asio::error::host_unreachable ||
      code == asio::error::network_unreachable) {
    return Failure::kRefused;
  }
  return code == asio::error::timed_out ? Failure::kTimeout : Failure::kReset;
}

std::unexpected<Error> unusable(std::string_view what, const boost::system::error_code& code) {
  return fail(ErrorCode::kConfigInvalid, fmt::format("{}: {}", what, code.message()));
}

}  // namespace

Result<ssl::context> make_tls_context(const LinkTarget& target) {
  ssl::context context(ssl::context::tls_client);
  boost::system::error_code code;
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  context.set_verify_mode(ssl::verify_peer);
  context.set_default_verify_paths(code);
  if (code) return unusable("the system's certificate authorities cannot be read", code);
  if (!target.ca_file.empty()) {
    auto fault = pem_file_fault("ca_file", target.ca_file);
    if (!fault.empty()) return fail(ErrorCode::kConfigInvalid, std::move(fault));
    context.load_verify_file(target.ca_file, code);
    if (code) return unusable(fmt::format("ca_file {} cannot be used", target.ca_file), code);
  }
  if (target.client_cert.empty() != target.client_key.empty()) {
    return fail(ErrorCode::kConfigInvalid, "client_cert and client_key are needed together");
  }
  if (!target.client_cert.empty()) {
    context.use_certificate_chain(asio::buffer(target.client_cert), code);
    if (code) return unusable("client_cert is no certificate in PEM form", code);
    context.use_private_key(asio::buffer(target.client_key), ssl::context::pem, code);
    if (code) return unusable("client_key is not the key of client_cert in PEM form", code);
  }
  return context;
}

Link::Link(asio::io_context& io, const Guard& guard, LinkTarget target, LinkOwner& owner)
    : target_(std::move(target)), guard_(guard), owner_(&owner), resolver_(io), socket_(io) {}

void Link::start() {
  if (!owner_) return;
  if (target_.tls) {
    auto context = make_tls_context(target_);
    if (!context) return lose(Failure::kSecret, std::move(context.error().detail));
    context_.emplace(std::move(*context));
  }
  boost::system::error_code code;
  const auto address = asio::ip::make_address(target_.host, code);
  if (!code) {  // needs no resolver, which takes one name at a time
    return resolved({}, Tcp::resolver::results_type::create({address, target_.port}, "", ""));
  }
  resolver_.async_resolve(
      target_.host, std::to_string(target_.port), Tcp::resolver::numeric_service,
      [self = shared_from_this()](const Code& failed, const Tcp::resolver::results_type& results) {
        self->resolved(failed, results);
      });
}

void Link::resolved(const Code& code, const Tcp::resolver::results_type& results) {
  if (!owner_) return;
  if (code || results.empty()) {
    return lose(Failure::kDns, fmt::format("the name {} cannot be resolved", target_.host));
  }
  std::string refusal;
  for (const auto& result : results) {
    const auto ip = ip_of(result.endpoint().address());
    if (guard_.allows(target_.host, ip)) {
      endpoints_.push_back(result.endpoint());
    } else {
      refusal = Guard::refusal(target_.host, ip);
    }
  }
  if (endpoints_.empty()) return lose(Failure::kGuard, std::move(refusal));
  connect_to(0, {});
}

void Link::connect_to(std::size_t index, const Code& last) {
  if (index == endpoints_.size()) return lose(last);
  boost::system::error_code ignored;
  socket_.close(ignored);
  socket_.async_connect(endpoints_[index], [self = shared_from_this(), index](const Code& code) {
    if (!self->owner_) return;
    if (code) return self->connect_to(index + 1, code);
    self->connected();
  });
}

void Link::connected() {
  boost::system::error_code ignored;
  socket_.set_option(Tcp::no_delay{true}, ignored);
  socket_.set_option(asio::socket_base::keep_alive{true}, ignored);
  if (target_.tls) return handshake();
  established();
}

void Link::handshake() {
  tls_.emplace(socket_, *context_);
  auto* const tls = tls_->native_handle();
  if (parse_ip(target_.host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), target_.host.c_str());
  } else {
    SSL_set_tlsext_host_name(tls, target_.host.c_str());
    SSL_set1_host(tls, target_.host.c_str());
  }
  tls_->async_handshake(ssl::stream_base::client, [self = shared_from_this()](const Code& code) {
    if (!self->owner_) return;
    if (!code) return self->established();
    const auto verified = SSL_get_verify_result(self->tls_->native_handle());
    const std::string why =
        verified == X509_V_OK ? code.message() : X509_verify_cert_error_string(verified);
    self->lose(Failure::kTls, fmt::format("the TLS connection to {}:{} cannot be made: {}",
                                          self->target_.host, self->target_.port, why));
  });
}

void Link::established() {
  established_ = true;
  owner_->on_connected();
  if (!owner_) return;
  read();
  flush();
}

void Link::read() {
  if (reading_ || is_unheard()) return;
  reading_ = true;
  const auto done = [self = shared_from_this()](const Code& code, std::size_t size) {
    self->reading_ = false;
    if (!self->owner_) return;
    if (code) return self->lose(code);
    self->owner_->on_received({self->incoming_.data(), size});
    if (self->owner_) self->read();
  };
  if (tls_) {
    tls_->async_read_some(asio::buffer(incoming_), done);
  } else {
    socket_.async_read_some(asio::buffer(incoming_), done);
  }
}

void Link::write(std::string bytes) {
  if (waiting_.empty()) {
    waiting_ = std::move(bytes);
  } else {
    waiting_ += bytes;
  }
  flush();
}

void Link::flush() {
  if (!established_ || !owner_ || !writing_.empty() || waiting_.empty()) return;
  writing_ = std::exchange(waiting_, {});
  const auto done = [self = shared_from_this()](const Code& code, std::size_t) {
    self->writing_.clear();
    if (!self->owner_) return;
    // A broker that closes says why before; what it said is read first.
    if (!code) self->flush();
    self->read();
  };
  if (tls_) {
    asio::async_write(*tls_, asio::buffer(writing_), done);
  } else {
    asio::async_write(socket_, asio::buffer(writing_), done);
  }
}

void Link::lose(const Code& code) {
  const auto failure = failure_of(code);
  const bool was_there = established_;
  const std::string target = fmt::format("{}:{}", target_.host, target_.port);
  lose(failure, was_there ? fmt::format("the connection to {} was lost: {}", target, code.message())
                          : fmt::format("{}: {}", target, code.message()));
}

void Link::lose(Failure failure, std::string error) {
  auto* owner = std::exchange(owner_, nullptr);
  close();
  if (owner) owner->on_lost(failure, std::move(error));
}

void Link::close() {
  owner_ = nullptr;
  resolver_.cancel();
  boost::system::error_code ignored;
  socket_.close(ignored);
}

}  // namespace mih::transport::amqp
