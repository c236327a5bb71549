#include <array>
#include <boost/asio/co_spawn.hpp>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

#include "api/session.hpp"
#include "api/streams.hpp"
#include "api/testing/fake_hub.hpp"
#include "ingest/intake.hpp"
#include "oracle.hpp"

/// Input: a byte that says who connects ('a': the admin socket, 'p': a trusted proxy, 's': the
/// second socket, else: a stranger), and then what the connection's client sends.
namespace {

using namespace mih;

const Now kNow{from_unix_ms(1'708'258'939'000), SteadyTime{std::chrono::hours{1}}};

class StoppedClock final : public Clock {
 public:
  Now now() const override { return kNow; }
};

api::Peer peer_of(char who) {
  if (who == 'a') return {.door = api::Door::kAdminSocket, .trusted = true, .address = "uid 0"};
  if (who == 's') return {.door = api::Door::kSocket, .address = "uid 33"};
  if (who == 'p') return {.address = "10.0.0.1"};
  return {.loopback = true, .address = "127.0.0.1"};
}

/// A hub with something to find in it; its tokens are mih_ingest_1, mih_view_2 and mih_manage_3.
void fill(api::testing::FakeHub& hub) {
  hub.add_token(core::Role::kIngest);
  hub.add_token(core::Role::kView, "main");
  hub.add_token(core::Role::kManage);
  hub.add_service("crm");
  hub.add_rule("to crm", "crm", R"(\core\event\user_created)");
  hub.site_list.add("main");
  hub.people.add("ada", core::Role::kManage, "a long password");
}

/// One connection to the real session, over a pair of sockets.
class Connection {
 public:
  explicit Connection(char who)
      : peer_(peer_of(who)), shared_{context_, gate_, limits_, [](std::string_view line) {
                                       fuzz::require(false, "nothing unforeseen", line);
                                     }} {
    fill(hub);
    hub.change_service(hub.catalog()->service("crm")->id, [](core::Service& service) {
      service.inbound_enabled = true;
      service.inbound_secret = "inbound-secret";
    });
  }
  ~Connection() {
    answers_.abandon();
    changes_.abandon();
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Everything that comes back until the session ends.
  std::string exchange(std::string_view sent) {
    std::array<int, 2> ends{};
    fuzz::require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0,
                  "sockets", "");
    client_ = ends[0];
    fuzz::require(::send(client_, sent.data(), sent.size(), MSG_NOSIGNAL) == std::ssize(sent),
                  "the input fits into the socket", "");
    ::shutdown(client_, SHUT_WR);
    api::Socket socket(io_, boost::asio::generic::stream_protocol(AF_UNIX, 0), ends[1]);
    api::Session session(std::move(socket), std::move(peer_), shared_);
    bool ended = false;
    boost::asio::co_spawn(io_, session.run(), [&](const std::exception_ptr& exception) {
      fuzz::require(!exception, "a session ends by itself", sent);
      ended = true;
    });
    while (!ended) {
      // Nothing to do: the hub's thread is at work, the socket is full, or this listens to a
      // stream.
      if (io_.run_one_for(std::chrono::milliseconds{1}) == 0) session.finish();
      receive();
    }
    receive();
    ::close(client_);
    return std::move(received_);
  }

 private:
  StoppedClock clock_;
  boost::asio::io_context io_{1};
  async::Answers answers_{io_};
  async::Mutex changes_{io_};
  api::Logins logins_{api::LoginLimits{}};
  api::LoginThrottle throttle_;
  api::InboundThrottle inbound_throttle_;
  api::Limits limits_{.max_body = 1U << 20U};

 public:
  api::testing::FakeHub hub{clock_};

 private:
  api::Streams streams_{io_, hub, [] -> async::Task<Result<std::string>> { co_return "{}"; }};
  api::Gate gate_{hub, clock_, logins_, {{}, {*parse_network("10.0.0.0/8")}}};
  api::Context context_{hub,     clock_,    answers_,          changes_,
                        logins_, throttle_, inbound_throttle_, limits_.max_body,
                        streams_};
  api::Peer peer_;
  api::SessionShared shared_;
  int client_ = -1;
  std::string received_;

  void receive() {
    std::array<char, 16384> part{};
    for (ssize_t count = 0; (count = ::recv(client_, part.data(), part.size(), 0)) > 0;) {
      received_.append(part.data(), static_cast<std::size_t>(count));
    }
  }
};

/// Takes one answer off the front, and holds it against what every answer has to be.
void check_answer(std::string_view& left) {
  const auto whole = left;
  fuzz::require(left.starts_with("HTTP/1.1 "), "an answer has a status line", whole);
  const auto end = left.find("\r\n\r\n");
  fuzz::require(end != left.npos, "a header ends", whole);
  const auto head = left.substr(0, end + 2);
  left.remove_prefix(end + 4);
  int status = 0;
  std::from_chars(head.data() + 9, head.data() + 12, status);
  fuzz::require(status >= 100 && status < 600 && status != 500, "a status", whole);
  for (std::size_t at = 0; at < head.size();) {
    const auto line = head.substr(at, head.find("\r\n", at) - at);
    fuzz::require(line.find_first_of(std::string_view{"\r\n\0", 3}) == line.npos, "a line", whole);
    fuzz::require(at == 0 || line.find(": ") != line.npos, "a line has name and value", whole);
    at += line.size() + 2;
  }
  if (status == 100 || status == 204 || status == 304) return;
  if (head.find("\r\nContent-Type: text/event-stream") != head.npos) {
    left = {};
    return;
  }
  static constexpr std::string_view kLength = "\r\nContent-Length: ";
  const auto length_at = head.find(kLength);
  fuzz::require(length_at != head.npos, "an answer has a length", whole);
  std::size_t length = 0;
  std::from_chars(head.data() + length_at + kLength.size(), head.data() + head.size(), length);
  fuzz::require(length <= left.size(), "an answer is complete", whole);
  const auto body = left.substr(0, length);
  left.remove_prefix(length);
  const bool packed = head.find("\r\nContent-Encoding: gzip") != head.npos;
  if (!packed && head.find("json\r\n") != head.npos) fuzz::require_json(body, "an answer is JSON");
}

ingest::Format format_of(api::EventFormat format) {
  using enum api::EventFormat;
  switch (format) {
    case kJson:
      return ingest::Format::kJson;
    case kNdjson:
      return ingest::Format::kNdjson;
    case kCloudEvent:
      return ingest::Format::kCloudEvent;
    case kCloudEventBatch:
      return ingest::Format::kCloudEventBatch;
  }
  return ingest::Format::kJson;
}

/// What came through to the intake is read as the real one does.
void check_intake(const api::testing::FakeHub::Intake& intake, const engine::Catalog& catalog) {
  auto reading = ingest::read_events(intake.body, format_of(intake.format), intake.site, kNow);
  if (!reading) {
    fuzz::require(!reading.error().detail.empty(), "a refusal says why", intake.body);
    return;
  }
  for (const auto& rejected : reading->rejected) {
    fuzz::require(!rejected.code.empty() && !rejected.error.empty(), "a rejection says why",
                  intake.body);
  }
  ingest::match(reading->entries, catalog);
  for (const auto& entry : reading->entries) {
    fuzz::require_json(entry.event->body, "a stored event is JSON");
    fuzz::require(intake.site.empty() || entry.event->site == intake.site, "the token's site",
                  intake.body);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto sent = text.substr(1);
  Connection connection(text.front());
  const auto received = connection.exchange(sent);
  // An answer to HEAD has a length and no body.
  if (sent.find("HEAD") == sent.npos) {
    for (std::string_view left = received; !left.empty();)
      check_answer(left);
  }
  const auto catalog = connection.hub.catalog();
  for (const auto& intake : connection.hub.intakes())
    check_intake(intake, *catalog);
  return 0;
}
