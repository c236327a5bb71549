#include "transport/amqp/lines.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

namespace mih::transport::amqp {
namespace {

using core::Failure;

constexpr std::chrono::seconds kPulse{1};
/// Between attempts to reach the broker of a response queue.
constexpr std::chrono::seconds kLongestWait{30};
constexpr int kMostDoublings = 5;

/// Whether it stays like that until somebody does something about it.
bool is_lasting(Failure failure) {
  switch (failure) {
    case Failure::kTls:
    case Failure::kGuard:
    case Failure::kSecret:
    case Failure::kDenied:
    case Failure::kInvalid:
      return true;
    default:
      return false;
  }
}

/// No further messages on this connection, in neither direction; it closes when those under way
/// have ended.
void retire(Connection* connection) {
  if (!connection) return;
  connection->stop_consuming();
  if (connection->calls() == 0) connection->close();
}

}  // namespace

Lines::Lines(Parts parts) : parts_(std::move(parts)), pulse_(parts_.io) {
  if (!parts_.inbound) return;
  inbox_ = std::make_unique<Inbox>(parts_.io, *parts_.inbound,
                                   [this](const Inbox::Receipt& receipt) { answered(receipt); });
}

void Lines::configure(const std::vector<std::shared_ptr<const core::Service>>& services) {
  drop_lines_without(services);
  for (const auto& service : services)
    put_in_force(service);
  consume();
}

void Lines::drop_lines_without(const std::vector<std::shared_ptr<const core::Service>>& services) {
  for (auto line = lines_.begin(); line != lines_.end();) {
    const bool stays = std::ranges::any_of(
        services, [&](const auto& service) { return service->id == line->first; });
    if (stays) {
      ++line;
      continue;
    }
    retire(line->second.connection);
    told_.erase(line->first);
    line = lines_.erase(line);
  }
}

void Lines::put_in_force(const std::shared_ptr<const core::Service>& service) {
  const bool used = service->enabled && service->type == core::ServiceType::kAmqp;
  auto settings = used ? settings_of(*service) : std::unexpected(Refusal{});
  const bool consumes = used && inbox_ && !service->response_queue.empty();
  if (!settings) {
    if (const auto line = lines_.find(service->id); line != lines_.end()) {
      retire(line->second.connection);
      lines_.erase(line);
    }
    return tell(*service, {consumes ? std::move(settings.error().error) : "", consumes});
  }
  if (consumes) {
    settings->response_queue = service->response_queue;
  } else {
    tell(*service, {});
  }
  auto& line = lines_[service->id];
  line.configured = true;
  update(line, service, std::move(*settings));
}

std::expected<Lines::Line*, Refusal> Lines::line_of(
    const std::shared_ptr<const core::Service>& service) {
  if (const auto known = lines_.find(service->id); known != lines_.end()) {
    auto& line = known->second;
    if (line.configured || line.service == service) return &line;
  }
  auto settings = settings_of(*service);
  if (!settings) return std::unexpected(std::move(settings.error()));
  auto& line = lines_[service->id];
  update(line, service, std::move(*settings));
  return &line;
}

void Lines::update(Line& line, const std::shared_ptr<const core::Service>& service,
                   ConnectionSettings settings) {
  line.service = service;
  if (line.settings == settings) return;
  line.settings = std::move(settings);
  line.retry_at = {};
  line.failures = 0;
  retire(std::exchange(line.connection, nullptr));
}

/// Opens the connections that response queues need.
void Lines::consume() {
  if (closing_) return;
  for (auto& [id, line] : lines_) {
    if (line.consumes()) look_at(line);
  }
}

void Lines::look_at(Line& line) {
  start_pulse();
  if (!line.connection || line.connection->is_over()) {
    if (parts_.clock.now().steady >= line.retry_at) connection_of(line);
    return;
  }
  if (line.connection->is_consuming()) {
    line.failures = 0;
    tell(*line.service, {});
  } else if (line.connection->is_running() && !line.connection->trouble().empty()) {
    tell(*line.service, {line.connection->trouble(), true});
  }
}

void Lines::tell(const core::Service& service, core::QueueTrouble trouble) {
  const auto told = told_.find(service.id);
  if (told == told_.end() ? trouble.what.empty() : told->second == trouble) return;
  parts_.report(service, trouble);
  if (trouble.what.empty()) {
    told_.erase(told);
  } else {
    told_[service.id] = std::move(trouble);
  }
}

void Lines::take_delivered(core::ServiceId service, Inbox::Receipt receipt, Delivered message) {
  const auto line = lines_.find(service);
  if (line == lines_.end()) return;  // deleted or disabled: the broker keeps it
  inbox_->submit(*line->second.service, receipt, std::move(message));
}

void Lines::answered(const Inbox::Receipt& receipt) {
  if (!receipt.kept && !closing_) {
    not_kept_.push_back(receipt);  // not now: the broker would deliver it again at once
    return;
  }
  auto* connection = find(receipt.connection);
  if (!connection) return;
  if (receipt.kept) {
    connection->acknowledge(receipt.epoch, receipt.tag);
  } else {
    connection->give_back(receipt.epoch, receipt.tag);
  }
}

void Lines::give_back_what_was_not_kept() {
  for (const auto& receipt : std::exchange(not_kept_, {})) {
    if (auto* connection = find(receipt.connection)) {
      connection->give_back(receipt.epoch, receipt.tag);
    }
  }
}

Connection* Lines::find(std::uint64_t number) const {
  const auto found = std::ranges::find_if(
      connections_, [&](const auto& connection) { return connection->number() == number; });
  return found == connections_.end() || (*found)->is_over() ? nullptr : found->get();
}

Connection* Lines::connection_of(Line& line) {
  if (line.connection && !line.connection->is_over()) return line.connection;
  const auto number = ++last_number_;
  const auto id = line.service->id;
  Connection::Handlers handlers{
      .settled = [this](Settled settled) { parts_.settled(std::move(settled)); },
      .delivered =
          [this, id, number](std::uint32_t epoch, Delivered message) {
            const Inbox::Receipt receipt{.connection = number, .epoch = epoch, .tag = message.tag};
            take_delivered(id, receipt, std::move(message));
          },
      .over = [this] { boost::asio::post(parts_.io, [this] { reap(); }); }};
  connections_.push_back(std::make_unique<Connection>(number, parts_.io, parts_.guard, parts_.clock,
                                                      line.settings, parts_.heartbeat,
                                                      std::move(handlers)));
  line.connection = connections_.back().get();
  start_pulse();
  return line.connection;
}

void Lines::abandon(const Connection* connection) {
  for (auto& [service, line] : lines_) {
    if (line.connection == connection) line.connection = nullptr;
  }
}

bool Lines::in_use(const Connection* connection) const {
  return std::ranges::any_of(
      lines_, [&](const auto& line) { return line.second.connection == connection; });
}

void Lines::close() {
  closing_ = true;
  pulse_.cancel();
  for (const auto& connection : connections_)
    connection->close();
  reap();
}

/// Lets go of connections that are over.
void Lines::reap() {
  for (const auto& connection : connections_) {
    if (connection->is_over()) note_end(*connection);
  }
  std::erase_if(connections_, [](const auto& connection) { return connection->is_over(); });
  if (closing_ && connections_.empty()) parts_.all_over();
}

void Lines::note_end(const Connection& connection) {
  for (auto& [id, line] : lines_) {
    if (line.connection != &connection) continue;
    line.connection = nullptr;
    if (!line.consumes()) continue;
    const auto wait = std::chrono::seconds{1U << static_cast<unsigned>(line.failures)};
    line.retry_at = parts_.clock.now().steady + std::min(wait, kLongestWait);
    line.failures = std::min(line.failures + 1, kMostDoublings);
    if (const auto& fault = connection.fault(); fault && !closing_) {
      tell(*line.service, {fault->error, is_lasting(fault->failure)});
    }
  }
}

void Lines::start_pulse() {
  if (!std::exchange(pulsing_, true)) pulse();
}

void Lines::pulse() {
  pulse_.expires_after(kPulse);
  pulse_.async_wait([this](const boost::system::error_code& code) {
    if (code || closing_) return;
    const auto now = parts_.clock.now().steady;
    give_back_what_was_not_kept();
    for (std::size_t i = 0; i < connections_.size(); ++i)
      tick(*connections_[i], now);
    pulsing_ = false;
    consume();
    if (!connections_.empty()) start_pulse();
  });
}

void Lines::tick(Connection& connection, SteadyTime now) {
  connection.tick(now);
  if (connection.calls() > 0) return;
  const bool idle = !connection.consumes() && now - connection.last_used() > parts_.idle;
  if (idle) abandon(&connection);
  if (!in_use(&connection)) connection.close();
}

}  // namespace mih::transport::amqp
