#include "transport/amqp/connection.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <utility>

namespace mih::transport::amqp {
namespace {

using core::Failure;

constexpr std::chrono::seconds kConnectTimeout{10};
constexpr std::chrono::seconds kCloseTimeout{5};

Session::Settings session_settings(const ConnectionSettings& settings,
                                   std::chrono::seconds heartbeat) {
  const auto& address = settings.address;
  return {.user = address.user,
          .password = address.password,
          .external = settings.external,
          .vhost = address.vhost,
          .heartbeat = heartbeat,
          .publisher = {.exchange = address.exchange,
                        .queue_declare = address.queue_declare,
                        .dlq = address.dlq},
          .response_queue = settings.response_queue};
}

}  // namespace

Connection::Connection(std::uint64_t number, boost::asio::io_context& io, const Guard& guard,
                       const Clock& clock, ConnectionSettings settings,
                       std::chrono::seconds heartbeat, Handlers handlers)
    : number_(number),
      clock_(clock),
      settings_(std::move(settings)),
      handlers_(std::move(handlers)),
      created_(clock.now().steady),
      last_used_(created_),
      session_(session_settings(settings_, heartbeat), created_),
      link_(std::make_shared<Link>(io, guard, settings_.target, *this)) {
  // Not from within the constructor: a link may be lost at once, and say so.
  boost::asio::post(io, [link = link_] { link->start(); });
}

Connection::~Connection() {
  link_->close();
}

std::string Connection::target() const {
  return fmt::format("{}:{}", settings_.target.host, settings_.target.port);
}

void Connection::publish(Token token, Message message) {
  last_used_ = clock_.now().steady;
  ++calls_;
  session_.publish(token, std::move(message));
}

void Connection::forget(Token token) {
  --calls_;
  session_.forget(token);
}

void Connection::acknowledge(std::uint32_t epoch, std::uint64_t tag) {
  session_.acknowledge(epoch, tag);
  update();
}

void Connection::give_back(std::uint32_t epoch, std::uint64_t tag) {
  session_.give_back(epoch, tag);
  update();
}

void Connection::stop_consuming() {
  session_.stop_consuming();
  update();
}

void Connection::tick(SteadyTime now) {
  if (over_) return;
  if (closing_) {
    if (now - closing_since_ > kCloseTimeout) abort(Failure::kOther, "closed");
    return;
  }
  if (!session_.is_running() && now - created_ > kConnectTimeout) {
    return abort(Failure::kTimeout,
                 fmt::format("{}: no connection within {} s", target(), kConnectTimeout.count()));
  }
  session_.tick(now);
  update();
}

void Connection::close() {
  if (std::exchange(closing_, true)) return;
  closing_since_ = clock_.now().steady;
  session_.close();
  update();
}

void Connection::abort(Failure failure, const std::string& error) {
  session_.lose(failure, error);
  update();
}

void Connection::on_connected() {
  update();
}

void Connection::on_received(std::string_view bytes) {
  session_.receive(bytes, clock_.now().steady);
  update();
}

void Connection::on_lost(Failure failure, std::string error) {
  session_.lose(failure, error);
  update();
}

void Connection::update() {
  if (over_) return;
  auto output = session_.take_output(clock_.now().steady);
  if (!output.empty()) link_->write(std::move(output));
  for (auto& settled : session_.take_settled()) {
    --calls_;
    handlers_.settled(std::move(settled));
  }
  if (!session_.is_over()) {
    const auto epoch = session_.epoch();
    for (auto& delivered : session_.take_delivered())
      handlers_.delivered(epoch, std::move(delivered));
    return;
  }
  over_ = true;
  link_->close();
  handlers_.over();
}

}  // namespace mih::transport::amqp
