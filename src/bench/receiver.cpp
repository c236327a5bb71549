#include "bench/receiver.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <string_view>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bench/http_message.hpp"

namespace mih::bench {
namespace {

constexpr std::size_t kMaxBodyBytes = 32u << 20;
constexpr std::size_t kReadBytes = 256u << 10;
constexpr int kEvents = 256;

std::string response_for(int status) {
  std::string text = "HTTP/1.1 " + std::to_string(status) + " .\r\n";
  if (status != 204) text += "Content-Length: 0\r\n";
  return text + "\r\n";
}

bool is_success(int status) {
  return status >= 200 && status < 300;
}

}  // namespace

/// The receiver's thread: everything in here belongs to it alone.
class Receiver::Loop {
 public:
  explicit Loop(Receiver& owner)
      : owner_(owner), epoll_(::epoll_create1(EPOLL_CLOEXEC)), scratch_(kReadBytes, '\0') {
    watch(owner_.listener_.get());
    watch(owner_.stop_.get());
  }

  void run() {
    std::array<epoll_event, kEvents> events;
    for (;;) {
      const int ready = ::epoll_wait(epoll_.get(), events.data(), kEvents, wait_ms());
      for (int i = 0; i < ready; ++i) {
        const int fd = events[static_cast<std::size_t>(i)].data.fd;
        if (fd == owner_.stop_.get()) return;
        if (fd == owner_.listener_.get())
          accept_all();
        else
          read_from(fd);
      }
      answer_due();
      publish();
    }
  }

 private:
  struct Connection {
    Fd socket;
    std::uint64_t serial = 0;
    std::string input;     ///< an incomplete request, or what came while an answer is delayed
    bool delayed = false;  ///< an answer is under way; what follows has to wait
  };
  struct Delayed {
    int fd;
    std::uint64_t serial;
    int status;
  };

  void watch(int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
  }

  int wait_ms() const {
    if (delayed_.empty()) return -1;
    const auto left = delayed_.begin()->first - std::chrono::steady_clock::now();
    return static_cast<int>(
        std::max<std::int64_t>(0, std::chrono::ceil<std::chrono::milliseconds>(left).count()));
  }

  void accept_all() {
    for (;;) {
      Fd socket{::accept4(owner_.listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
      if (!socket) return;
      const int on = 1;
      setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      const auto fd = static_cast<std::size_t>(socket.get());
      if (connections_.size() <= fd) connections_.resize(fd + 1);
      watch(socket.get());
      connections_[fd] = std::make_unique<Connection>();
      connections_[fd]->socket = std::move(socket);
      connections_[fd]->serial = ++last_serial_;
    }
  }

  void drop(int fd) { connections_[static_cast<std::size_t>(fd)].reset(); }

  void read_from(int fd) {
    Connection& connection = *connections_[static_cast<std::size_t>(fd)];
    const ssize_t got = ::recv(fd, scratch_.data(), scratch_.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return drop(fd);
    const std::string_view fresh{scratch_.data(), static_cast<std::size_t>(got)};
    if (connection.input.empty()) {
      std::size_t used = 0;
      if (!take_requests(connection, fresh, used)) return drop(fd);
      connection.input.assign(fresh.substr(used));
    } else {
      connection.input.append(fresh);
      if (!take_buffered(connection)) drop(fd);
    }
  }

  bool take_buffered(Connection& connection) {
    std::size_t used = 0;
    if (!take_requests(connection, connection.input, used)) return false;
    connection.input.erase(0, used);
    return true;
  }

  /// Answers the complete requests in `bytes`; false if the connection is to be closed.
  bool take_requests(Connection& connection, std::string_view bytes, std::size_t& used) {
    out_.clear();
    bool open = true;
    while (open && !connection.delayed && used < bytes.size()) {
      MessageHead head;
      const HeadState state = parse_head(bytes.substr(used), head);
      if (state == HeadState::kIncomplete) break;
      if (state == HeadState::kMalformed || head.chunked || head.content_length > kMaxBodyBytes) {
        out_ += response_for(head.chunked ? 411 : 400);
        owner_.refused_.fetch_add(1, std::memory_order_relaxed);
        open = false;
        break;
      }
      if (bytes.size() - used < head.total()) break;
      used += head.total();
      take_request(connection, head);
      open = !head.closes;
    }
    return send_out(connection) && open;
  }

  void take_request(Connection& connection, const MessageHead& head) {
    const auto now = std::chrono::steady_clock::now();
    const int status = owner_.status_.load(std::memory_order_relaxed);
    const auto delay = std::chrono::milliseconds{owner_.delay_ms_.load(std::memory_order_relaxed)};
    if (is_success(status)) {
      fresh_.push_back({hash_id(head.webhook_id), now});
    } else {
      owner_.refused_.fetch_add(1, std::memory_order_relaxed);
    }
    if (delay.count() > 0) {
      connection.delayed = true;
      delayed_.emplace(now + delay, Delayed{connection.socket.get(), connection.serial, status});
    } else {
      out_ += response(status);
    }
  }

  const std::string& response(int status) {
    if (status != cached_status_) {
      cached_status_ = status;
      cached_response_ = response_for(status);
    }
    return cached_response_;
  }

  bool send_out(const Connection& connection) const {
    if (out_.empty()) return true;
    const ssize_t sent =
        ::send(connection.socket.get(), out_.data(), out_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent == static_cast<ssize_t>(out_.size());
  }

  void answer_due() {
    const auto now = std::chrono::steady_clock::now();
    while (!delayed_.empty() && delayed_.begin()->first <= now) {
      const Delayed due = delayed_.begin()->second;
      delayed_.erase(delayed_.begin());
      const auto& slot = connections_[static_cast<std::size_t>(due.fd)];
      if (!slot || slot->serial != due.serial) continue;
      slot->delayed = false;
      out_ = response(due.status);
      if (!send_out(*slot) || !take_buffered(*slot)) drop(due.fd);
    }
  }

  void publish() {
    if (fresh_.empty()) return;
    const std::lock_guard lock{owner_.mutex_};
    owner_.arrivals_.insert(owner_.arrivals_.end(), fresh_.begin(), fresh_.end());
    owner_.taken_.fetch_add(static_cast<std::int64_t>(fresh_.size()), std::memory_order_relaxed);
    fresh_.clear();
  }

  Receiver& owner_;
  Fd epoll_;
  std::string scratch_;
  std::string out_;
  std::vector<std::unique_ptr<Connection>> connections_;  ///< by file descriptor
  std::uint64_t last_serial_ = 0;
  std::multimap<SteadyTime, Delayed> delayed_;
  std::vector<Arrival> fresh_;
  int cached_status_ = 0;
  std::string cached_response_;
};

Result<std::unique_ptr<Receiver>> Receiver::start() {
  std::unique_ptr<Receiver> receiver{new Receiver};
  auto listener = listen_loopback();
  if (!listener) return fail(listener);
  receiver->listener_ = std::move(*listener);
  receiver->port_ = local_port(receiver->listener_);
  receiver->stop_ = Fd{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  if (!receiver->stop_) return fail(ErrorCode::kInternal, errno_text("cannot make an eventfd"));
  receiver->thread_ = std::thread{[owner = receiver.get()] { Loop{*owner}.run(); }};
  return receiver;
}

Receiver::~Receiver() {
  if (!thread_.joinable()) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(stop_.get(), &one, sizeof one);
  thread_.join();
}

void Receiver::answer_with(Answer answer) {
  delay_ms_.store(answer.delay.count(), std::memory_order_relaxed);
  status_.store(answer.status, std::memory_order_relaxed);
}

Receiver::Counts Receiver::counts() const {
  return {taken_.load(std::memory_order_relaxed), refused_.load(std::memory_order_relaxed)};
}

std::vector<Arrival> Receiver::take_arrivals() {
  std::vector<Arrival> taken;
  const std::lock_guard lock{mutex_};
  taken.swap(arrivals_);
  return taken;
}

std::chrono::nanoseconds Receiver::cpu_time() {
  clockid_t clock{};
  timespec time{};
  if (pthread_getcpuclockid(thread_.native_handle(), &clock) != 0) return {};
  clock_gettime(clock, &time);
  return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

}  // namespace mih::bench
