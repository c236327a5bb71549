#include "transport/amqp/amqp_transport.hpp"

#include <arpa/inet.h>
#include <condition_variable>
#include <gmock/gmock.h>
#include <mutex>
#include <sys/socket.h>
#include <unistd.h>

#include "transport/amqp/message.hpp"
#include "transport/amqp/testing/test_broker.hpp"
#include "transport/conformance.hpp"

namespace mih::transport {
namespace {

using amqp::TestBroker;
using core::Failure;
using ::testing::HasSubstr;
using ::testing::Not;

AmqpTransport::Options options(std::vector<std::string> allowed = {"127.0.0.0/8"}) {
  AmqpTransport::Options options;
  options.guard = Guard::parse(allowed).value();
  return options;
}

std::shared_ptr<core::Service> service(std::string url, std::int64_t id = 1) {
  auto service = std::make_shared<core::Service>();
  service->id = core::ServiceId{id};
  service->name = "mq";
  service->type = core::ServiceType::kAmqp;
  service->base_url = std::move(url);
  return service;
}

core::Request message(std::shared_ptr<const core::Service> to, std::string routing_key) {
  core::Request request;
  request.service = std::move(to);
  request.url = std::move(routing_key);
  request.headers = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
  request.body = R"({"id": 5})";
  request.delivery_id = "d_abc";
  request.timeout = std::chrono::seconds{30};
  return request;
}

class AmqpHarness final : public TransportHarness {
 public:
  std::unique_ptr<Transport> make(Transport::Sink sink) override {
    return std::make_unique<AmqpTransport>(options(), std::move(sink));
  }
  std::unique_ptr<Transport> make_guarded(Transport::Sink sink) override {
    return std::make_unique<AmqpTransport>(options({}), std::move(sink));
  }
  core::Request to_accepting_peer() override { return message(service_, "accept"); }
  core::Request to_silent_peer() override { return message(service_, "silence"); }
  core::Request to_breaking_peer() override { return message(service_, "break"); }
  core::Request to_closed_port() override {
    return message(service("amqp://127.0.0.1:" + std::to_string(closed_.port), 2), "key");
  }
  core::Request to_unknown_host() override {
    return message(service("amqp://no-such-host.invalid", 3), "key");
  }
  core::Request with_unusable_secret() override {
    auto needs_oauth2 = service(broker_.url(), 4);
    needs_oauth2->auth_type = core::AuthType::kOauth2;
    return message(needs_oauth2, "accept");
  }
  std::size_t arrived() override { return broker_.received().size(); }
  void wait_until_arrived(std::size_t count) override { broker_.wait_for_messages(count); }

 private:
  /// A port on which nobody listens: bound, so that nobody else gets it.
  struct ClosedPort {
    ClosedPort() : socket(::socket(AF_INET, SOCK_STREAM, 0)) {
      sockaddr_in address{};
      address.sin_family = AF_INET;
      address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      socklen_t size = sizeof address;
      auto* plain = reinterpret_cast<sockaddr*>(&address);
      EXPECT_EQ(::bind(socket, plain, size), 0);
      EXPECT_EQ(::getsockname(socket, plain, &size), 0);
      port = ntohs(address.sin_port);
    }
    ~ClosedPort() { ::close(socket); }
    ClosedPort(const ClosedPort&) = delete;
    ClosedPort& operator=(const ClosedPort&) = delete;
    int socket;
    int port = 0;
  };
  TestBroker broker_;
  std::shared_ptr<const core::Service> service_ = service(broker_.url());
  ClosedPort closed_;
};

INSTANTIATE_TEST_SUITE_P(Amqp, TransportConformance,
                         ::testing::Values(TransportKind{
                             "Amqp",
                             +[]() -> std::unique_ptr<TransportHarness> {
                               return std::make_unique<AmqpHarness>();
                             }}),
                         [](const auto& kind) { return kind.param.name; });

class Amqp : public ::testing::Test {
 protected:
  core::Reply send(core::Request request) {
    transport_->send(++calls_, std::move(request));
    return replies_.wait(calls_);
  }

  TestBroker broker_;
  std::shared_ptr<const core::Service> service_ = service(broker_.url());
  Replies replies_;
  std::unique_ptr<AmqpTransport> transport_ =
      std::make_unique<AmqpTransport>(options(), replies_.sink());
  CallId calls_ = 0;
};

TEST_F(Amqp, TheMessageArrivesWhole) {
  auto request = message(service(broker_.url() + "?exchange=events"), "a.b");
  request.body = std::string(300'000, 'x');
  EXPECT_EQ(send(std::move(request)).failure, Failure::kNone);
  const auto seen = broker_.received().at(0);
  EXPECT_EQ(seen.exchange, "events");
  EXPECT_EQ(seen.routing_key, "a.b");
  EXPECT_EQ(seen.body, std::string(300'000, 'x'));
  EXPECT_EQ(amqp::read_content_header(seen.header)->message_id, "d_abc");
}

TEST_F(Amqp, OneConnectionCarriesManyMessages) {
  constexpr CallId kCalls = 500;
  for (CallId id = 1; id <= kCalls; ++id)
    transport_->send(id, message(service_, "key"));
  for (CallId id = 1; id <= kCalls; ++id)
    EXPECT_EQ(replies_.wait(id).failure, Failure::kNone);
  EXPECT_EQ(broker_.connections(), 1U);
}

TEST_F(Amqp, ReturnedIsUnroutable) {
  const auto reply = send(message(service_, "return"));
  EXPECT_EQ(reply.failure, Failure::kUnroutable);
  EXPECT_THAT(reply.error, HasSubstr("312 NO_ROUTE"));
}

TEST_F(Amqp, RefusedByTheQueue) {
  const auto reply = send(message(service_, "reject"));
  EXPECT_EQ(reply.failure, Failure::kOther);
  EXPECT_THAT(reply.error, HasSubstr("nack"));
}

TEST_F(Amqp, AChannelErrorSettlesItsMessagesAndTheNextOpensTheChannelAnew) {
  transport_->send(100, message(service_, "silence"));
  broker_.wait_for_messages(1);
  const auto reply = send(message(service_, "close-channel"));
  EXPECT_EQ(reply.failure, Failure::kDenied);
  EXPECT_THAT(reply.error, HasSubstr("NOT_FOUND - no exchange 'x'"));
  EXPECT_EQ(replies_.wait(100).failure, Failure::kDenied);
  EXPECT_EQ(send(message(service_, "key")).failure, Failure::kNone);
  EXPECT_EQ(broker_.connections(), 1U);
}

TEST_F(Amqp, ABlockedBrokerIsSaidSoAtOnce) {
  auto first = message(service_, "block");
  first.timeout = std::chrono::milliseconds{100};
  EXPECT_EQ(send(std::move(first)).failure, Failure::kBlocked);
  const auto reply = send(message(service_, "key"));
  EXPECT_EQ(reply.failure, Failure::kBlocked);
  EXPECT_THAT(reply.error, HasSubstr("low on memory"));
  EXPECT_EQ(broker_.received().size(), 1U);
}

TEST_F(Amqp, ASilentConnectionIsNotUsedAgain) {
  auto lost = message(service_, "silence");
  lost.timeout = std::chrono::milliseconds{100};
  EXPECT_EQ(send(lost).failure, Failure::kTimeout);  // it has just opened: bytes did come
  EXPECT_EQ(send(lost).failure, Failure::kTimeout);  // and none since
  EXPECT_EQ(send(message(service_, "key")).failure, Failure::kNone);
  EXPECT_EQ(broker_.received().back().connection, 2);
  broker_.wait_for_farewells(1);
}

TEST_F(Amqp, ALostConnectionIsMadeAnewByTheNextMessage) {
  EXPECT_EQ(send(message(service_, "key")).failure, Failure::kNone);
  EXPECT_EQ(send(message(service_, "break")).failure, Failure::kReset);
  EXPECT_EQ(send(message(service_, "key")).failure, Failure::kNone);
  EXPECT_EQ(broker_.received().back().connection, 2);
}

TEST_F(Amqp, AChangedServiceGetsANewConnectionAndTheOldOneIsClosed) {
  EXPECT_EQ(send(message(service_, "key")).failure, Failure::kNone);
  const auto same = service(broker_.url());
  EXPECT_EQ(send(message(same, "key")).failure, Failure::kNone);
  EXPECT_EQ(broker_.connections(), 1U);
  const auto changed = service(broker_.url() + "/other");
  EXPECT_EQ(send(message(changed, "key")).failure, Failure::kNone);
  EXPECT_EQ(broker_.received().back().connection, 2);
  broker_.wait_for_farewells(1);
}

TEST_F(Amqp, AnIdleConnectionIsClosed) {
  auto impatient = options();
  impatient.idle = std::chrono::seconds{0};
  transport_ = std::make_unique<AmqpTransport>(impatient, replies_.sink());
  EXPECT_EQ(send(message(service_, "key")).failure, Failure::kNone);
  broker_.wait_for_farewells(1);
}

TEST_F(Amqp, ItTakesLeaveOfTheBrokerAtTheEnd) {
  EXPECT_EQ(send(message(service_, "key")).failure, Failure::kNone);
  transport_.reset();
  broker_.wait_for_farewells(1);
}

/// Keeps the messages, and lets the test say when each is durable.
class HeldInbound final : public core::InboundSink {
 public:
  void submit(core::InboundMessage message, Done done) override {
    const std::lock_guard lock(mutex_);
    messages_.push_back(std::move(message));
    done_.push_back(std::move(done));
    changed_.notify_all();
  }
  std::vector<core::InboundMessage> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds{60},
                                  [&] { return messages_.size() >= count; }));
    return messages_;
  }
  void answer(std::size_t index, Result<core::InboundReceipt> result) {
    Done done;
    {
      const std::lock_guard lock(mutex_);
      done = std::move(done_.at(index));
    }
    done(std::move(result));
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<core::InboundMessage> messages_;
  std::vector<Done> done_;
};

class AmqpInbound : public ::testing::Test {
 protected:
  static AmqpTransport::Options consuming(HeldInbound& inbound) {
    auto consuming = options();
    consuming.inbound = &inbound;
    return consuming;
  }
  std::shared_ptr<core::Service> answering() {
    auto answering = service(broker_.url());
    answering->response_queue = "answers";
    return answering;
  }

  TestBroker broker_;
  HeldInbound inbound_;
  Replies replies_;
  AmqpTransport transport_{consuming(inbound_), replies_.sink()};
};

TEST_F(AmqpInbound, AMessageIsAcknowledgedWhenItIsDurable) {
  broker_.fill({{"m1", R"({"n":1})"}, {"m2", "no json"}});
  transport_.configure({answering()});
  const auto messages = inbound_.wait_for(2);
  EXPECT_EQ(messages[0].service, core::ServiceId{1});
  EXPECT_EQ(messages[0].service_name, "mq");
  EXPECT_EQ(messages[0].source, core::InboundSource::kAmqp);
  EXPECT_EQ(messages[0].message_id, "m1");
  EXPECT_EQ(messages[0].body, R"({"n":1})");
  EXPECT_EQ(messages[1].body, "no json");
  EXPECT_THAT(broker_.acknowledged(), ::testing::IsEmpty());
  inbound_.answer(1, core::InboundReceipt{});
  broker_.wait_for_acknowledged(1);
  inbound_.answer(0, core::InboundReceipt{"in_1", true});
  broker_.wait_for_acknowledged(2);
  EXPECT_THAT(broker_.acknowledged(), ::testing::ElementsAre(2, 1));
}

TEST_F(AmqpInbound, WhatWasNotKeptIsGivenBack) {
  broker_.fill({{"m1", "{}"}});
  transport_.configure({answering()});
  inbound_.wait_for(1);
  inbound_.answer(0, fail(ErrorCode::kBusy, "busy"));
  broker_.wait_for_given_back(1);
  EXPECT_THAT(broker_.acknowledged(), ::testing::IsEmpty());
}

TEST_F(AmqpInbound, PublishingUsesTheSameConnection) {
  broker_.fill({{"m1", "{}"}});
  const auto answering_service = answering();
  transport_.configure({answering_service});
  inbound_.wait_for(1);
  transport_.send(1, message(answering_service, "key"));
  EXPECT_EQ(replies_.wait(1).failure, Failure::kNone);
  EXPECT_EQ(broker_.connections(), 1U);
}

TEST_F(AmqpInbound, ADisabledOrDeletedServiceIsNotConsumedAndWhatWasTakenIsAcknowledged) {
  broker_.fill({{"m1", "{}"}});
  transport_.configure({answering()});
  inbound_.wait_for(1);
  auto disabled = answering();
  disabled->enabled = false;
  transport_.configure({disabled});
  inbound_.answer(0, core::InboundReceipt{});
  broker_.wait_for_farewells(1);
  EXPECT_EQ(broker_.acknowledged().size(), 1U);
  transport_.configure({answering()});
  inbound_.wait_for(2);
  transport_.configure({});
  inbound_.answer(1, core::InboundReceipt{});
  broker_.wait_for_farewells(2);
  EXPECT_EQ(broker_.acknowledged().size(), 2U);
  EXPECT_EQ(broker_.connections(), 2U);
}

TEST_F(AmqpInbound, ADisabledOrDeletedServiceThatOnlySendsIsLeftAtOnce) {
  for (const bool deleted : {false, true}) {
    const auto sending = service(broker_.url());
    transport_.configure({sending});
    transport_.send(deleted ? 2 : 1, message(sending, "key"));
    EXPECT_EQ(replies_.wait(deleted ? 2 : 1).failure, Failure::kNone);
    auto disabled = service(broker_.url());
    disabled->enabled = false;
    if (deleted) {
      transport_.configure({});
    } else {
      transport_.configure({disabled});
    }
    broker_.wait_for_farewells(deleted ? 2 : 1);
  }
}

TEST_F(AmqpInbound, ARequestMadeBeforeAChangeDoesNotTakeItBack) {
  broker_.fill({{"m1", "{}"}});
  const auto before = service("amqp://127.0.0.1:1");
  transport_.configure({answering()});
  inbound_.wait_for(1);
  transport_.send(1, message(before, "key"));
  EXPECT_EQ(replies_.wait(1).failure, Failure::kNone);
  EXPECT_EQ(broker_.connections(), 1U);
}

TEST_F(AmqpInbound, ALostConnectionIsMadeAnew) {
  const auto answering_service = answering();
  broker_.fill({{"m1", "{}"}});
  transport_.configure({answering_service});
  inbound_.wait_for(1);
  transport_.send(1, message(answering_service, "break"));
  EXPECT_EQ(replies_.wait(1).failure, Failure::kReset);
  inbound_.wait_for(2);
  EXPECT_EQ(broker_.connections(), 2U);
}

TEST_F(AmqpInbound, AnswersMayComeAfterTheEnd) {
  broker_.fill({{"m1", "{}"}});
  auto transport = std::make_unique<AmqpTransport>(consuming(inbound_), replies_.sink());
  transport->configure({answering()});
  inbound_.wait_for(1);
  transport.reset();
  inbound_.answer(0, core::InboundReceipt{});
  EXPECT_THAT(broker_.acknowledged(), ::testing::IsEmpty());
}

TEST_F(Amqp, WhatIsConfiguredWronglyIsSaidWithoutConnecting) {
  auto wrong_url = service("amqp://u:hidden@127.0.0.1:0/");
  auto proxied = service(broker_.url(), 2);
  proxied->proxy = "http://127.0.0.1:1";
  auto without_password = service(broker_.url(), 3);
  without_password->auth_type = core::AuthType::kBasic;
  auto without_tls = service(broker_.url(), 4);
  without_tls->auth_type = core::AuthType::kMtls;
  auto without_ca = service("amqps://127.0.0.1:" + std::to_string(broker_.port()), 5);
  without_ca->ca_file = "/does/not/exist.pem";
  auto with_bad_key = service("amqps://127.0.0.1:" + std::to_string(broker_.port()), 6);
  with_bad_key->client_cert = with_bad_key->client_key = "nonsense";
  const std::tuple<std::shared_ptr<core::Service>, Failure, const char*> cases[] = {
      {wrong_url, Failure::kInvalid, "port"},
      {proxied, Failure::kProxy, "proxy"},
      {without_password, Failure::kSecret, "basic"},
      {without_tls, Failure::kSecret, "amqps://"},
      {without_ca, Failure::kSecret, "ca_file"},
      {with_bad_key, Failure::kSecret, "client_cert"}};
  for (const auto& [wrong, failure, named] : cases) {
    const auto reply = send(message(wrong, "key"));
    EXPECT_EQ(reply.failure, failure) << reply.error;
    EXPECT_THAT(reply.error, HasSubstr(named));
    EXPECT_THAT(reply.error, Not(HasSubstr("hidden")));
  }
  EXPECT_EQ(broker_.connections(), 0U);
}

TEST_F(Amqp, WhoDoesNotSpeakTlsIsATlsFailure) {
  const auto reply =
      send(message(service("amqps://127.0.0.1:" + std::to_string(broker_.port())), "key"));
  // The broker waits for more, or hangs up on what it does not understand.
  EXPECT_THAT(reply.failure, ::testing::AnyOf(Failure::kTls, Failure::kReset)) << reply.error;
}

TEST_F(Amqp, ATooLongRoutingKeyIsNotSent) {
  const auto reply = send(message(service_, std::string(256, 'k')));
  EXPECT_EQ(reply.failure, Failure::kInvalid);
  EXPECT_THAT(reply.error, HasSubstr("255 bytes"));
}

}  // namespace
}  // namespace mih::transport
