#include "transport/amqp/session.hpp"

#include <gmock/gmock.h>

#include "transport/amqp/testing/broker_frames.hpp"

namespace mih::transport::amqp {
namespace {

using core::Failure;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Heard;
using ::testing::IsEmpty;
using ::testing::Not;
using namespace std::chrono_literals;

Message message(std::string id = "d_1") {
  Message message;
  message.routing_key = "key";
  message.content_type = "application/json";
  message.message_id = std::move(id);
  message.body = "{}";
  return message;
}

/// "1: confirmed", "2: failed (text)", ...
MATCHER_P2(Ended, token, failure, "") {
  *result_listener << "token " << arg.token << ": " << arg.error;
  return arg.token == static_cast<Token>(token) && arg.failure == failure;
}

class SessionTest : public ::testing::Test {
 protected:
  void make(Session::Settings settings) { session_.emplace(std::move(settings), now_); }
  static Session::Settings settings() {
    Session::Settings settings;
    settings.user = "hub";
    settings.password = "hidden";
    settings.vhost = "moodle";
    return settings;
  }
  void says(const std::string& bytes) { session_->receive(bytes, now_); }
  std::vector<Heard> hears() { return testing::heard(frames_, session_->take_output(now_)); }
  /// Class and method of what is heard, for instance "10.11".
  std::vector<std::string> hears_methods() {
    std::vector<std::string> names;
    for (const auto& frame : hears()) {
      names.push_back(frame.type == FrameType::kMethod
                          ? std::to_string(frame.class_id) + "." + std::to_string(frame.method_id)
                      : frame.type == FrameType::kHeartbeat ? "heartbeat"
                                                            : "content");
    }
    return names;
  }
  void connect() {
    says(testing::start());
    says(testing::tune());
    says(testing::open_ok());
    hears();
  }
  /// Publishes the tokens, and opens the channel for them.
  void publish(Token first, Token last) {
    for (Token token = first; token <= last; ++token)
      session_->publish(token, message("d_" + std::to_string(token)));
    if (opened_) return;
    opened_ = true;
    says(testing::channel_open_ok());
    says(testing::confirm_select_ok());
  }
  std::vector<Settled> settled() { return session_->take_settled(); }

  SteadyTime now_{1h};
  std::optional<Session> session_{std::in_place, settings(), SteadyTime{1h}};
  FrameReader frames_;
  bool opened_ = false;
};

TEST_F(SessionTest, OfWhatABrokerSaysTheBeginningIsKept) {
  says(testing::start(std::string(100'000, 'q')));
  ASSERT_TRUE(session_->fault());
  EXPECT_THAT(session_->fault()->error, HasSubstr("PLAIN, only: qqq"));
  EXPECT_LT(session_->fault()->error.size(), 400U);
}

TEST_F(SessionTest, LogsInAndOpensTheVhost) {
  EXPECT_EQ(session_->take_output(now_), std::string("AMQP\0\0\x09\x01", 8));
  says(testing::start());
  const auto login = hears();
  ASSERT_EQ(login.size(), 1U);
  EXPECT_TRUE(login[0].is(10, 11));
  EXPECT_THAT(login[0].payload, HasSubstr(std::string("PLAIN\0\0\0\x0b\0hub\0hidden", 20)));
  EXPECT_THAT(login[0].payload, HasSubstr("connection.blocked"));
  says(testing::tune());
  const auto opening = hears();
  ASSERT_EQ(opening.size(), 2U);
  EXPECT_TRUE(opening[0].is(10, 31));
  EXPECT_TRUE(opening[1].is(10, 40));
  EXPECT_THAT(opening[1].payload, HasSubstr("moodle"));
  EXPECT_FALSE(session_->is_running());
  says(testing::open_ok());
  EXPECT_TRUE(session_->is_running());
  EXPECT_THAT(hears(), IsEmpty());  // a channel is opened when there is something to publish
}

TEST_F(SessionTest, TakesTheSmallerLimits) {
  says(testing::start());
  hears();
  says(testing::tune(4, 8192, 5));
  const auto tuned_ok = hears();
  WireReader tuned(tuned_ok.at(0).payload);
  EXPECT_EQ(tuned.number<std::uint16_t>(), 4);
  EXPECT_EQ(tuned.number<std::uint32_t>(), 8192U);
  EXPECT_EQ(tuned.number<std::uint16_t>(), 5);
}

TEST_F(SessionTest, TheClientCertificateMaySayWhoWeAre) {
  auto external = settings();
  external.external = true;
  make(external);
  says(testing::start("PLAIN EXTERNAL"));
  const auto login = hears();
  EXPECT_THAT(login.at(0).payload, HasSubstr("EXTERNAL"));
  EXPECT_THAT(login.at(0).payload, Not(HasSubstr("hidden")));
  make(external);
  session_->publish(1, message());
  says(testing::start());
  EXPECT_THAT(settled(), ElementsAre(Ended(1, Failure::kDenied)));
}

TEST_F(SessionTest, ARefusedLoginIsDenied) {
  session_->publish(1, message());
  says(testing::start());
  says(testing::close(0, 403, "ACCESS_REFUSED - Login was refused"));
  const auto ended = settled();
  ASSERT_THAT(ended, ElementsAre(Ended(1, Failure::kDenied)));
  EXPECT_THAT(ended[0].error, HasSubstr("ACCESS_REFUSED"));
  EXPECT_TRUE(session_->is_over());
}

TEST_F(SessionTest, SoIsAConnectionThatIsClosedAtTheLogin) {
  session_->publish(1, message());
  says(testing::start());
  session_->lose(Failure::kReset, "lost");
  const auto ended = settled();
  ASSERT_THAT(ended, ElementsAre(Ended(1, Failure::kDenied)));
  EXPECT_THAT(ended[0].error, HasSubstr("password"));
  EXPECT_THAT(ended[0].error, Not(HasSubstr("hidden")));
}

TEST_F(SessionTest, DeclaresTheQueuesBeforeItPublishes) {
  auto with_queues = settings();
  with_queues.publisher.queue_declare = "work";
  with_queues.publisher.dlq = "dead";
  make(with_queues);
  connect();
  session_->publish(1, message());
  EXPECT_THAT(hears_methods(), ElementsAre("20.10"));
  says(testing::channel_open_ok());
  auto declared = hears();
  ASSERT_EQ(declared.size(), 1U);
  EXPECT_TRUE(declared[0].is(50, 10));
  EXPECT_THAT(declared[0].payload, HasSubstr("dead"));
  EXPECT_THAT(declared[0].payload, Not(HasSubstr("x-dead-letter")));
  says(testing::queue_declare_ok("dead"));
  declared = hears();
  ASSERT_EQ(declared.size(), 1U);
  EXPECT_THAT(declared[0].payload, HasSubstr("work"));
  EXPECT_THAT(declared[0].payload, HasSubstr("x-dead-letter-exchange"));
  EXPECT_THAT(declared[0].payload, HasSubstr("x-dead-letter-routing-key"));
  says(testing::queue_declare_ok("work"));
  EXPECT_THAT(hears_methods(), ElementsAre("85.10"));
  says(testing::confirm_select_ok());
  EXPECT_THAT(hears_methods(), ElementsAre("60.40", "content", "content"));
  says(testing::ack(1));
  EXPECT_THAT(settled(), ElementsAre(Ended(1, Failure::kNone)));
}

TEST_F(SessionTest, AQueueWithOtherArgumentsIsSaidSoAndNotTriedByItself) {
  auto with_queue = settings();
  with_queue.publisher.queue_declare = "work";
  make(with_queue);
  connect();
  session_->publish(1, message());
  says(testing::channel_open_ok());
  hears();
  says(testing::close(1, 406, "PRECONDITION_FAILED - inequivalent arg"));
  const auto ended = settled();
  ASSERT_THAT(ended, ElementsAre(Ended(1, Failure::kDenied)));
  EXPECT_THAT(ended[0].error, HasSubstr("work exists with other arguments"));
  EXPECT_THAT(ended[0].error, HasSubstr("inequivalent arg"));
  EXPECT_THAT(hears_methods(), ElementsAre("20.41"));
  EXPECT_TRUE(session_->is_running());
  session_->publish(2, message());
  EXPECT_THAT(hears_methods(), ElementsAre("20.10"));
}

TEST_F(SessionTest, AConfirmMayCountForMany) {
  connect();
  publish(1, 10);
  says(testing::ack(3));
  EXPECT_THAT(settled(), ElementsAre(Ended(3, Failure::kNone)));
  says(testing::ack(5, true));
  EXPECT_THAT(settled(), ElementsAre(Ended(1, Failure::kNone), Ended(2, Failure::kNone),
                                     Ended(4, Failure::kNone), Ended(5, Failure::kNone)));
  says(testing::nack(7, true));
  EXPECT_THAT(settled(), ElementsAre(Ended(6, Failure::kOther), Ended(7, Failure::kOther)));
  says(testing::ack(2));  // was answered before
  EXPECT_THAT(settled(), IsEmpty());
  says(testing::ack(0, true));  // all
  EXPECT_THAT(settled(), ElementsAre(Ended(8, Failure::kNone), Ended(9, Failure::kNone),
                                     Ended(10, Failure::kNone)));
  publish(11, 11);
  says(testing::ack(11));
  EXPECT_THAT(settled(), ElementsAre(Ended(11, Failure::kNone)));
}

TEST_F(SessionTest, ReturnedMessagesAreToldApart) {
  connect();
  publish(1, 4);
  says(testing::returned("d_2") + testing::returned("d_3"));
  EXPECT_THAT(settled(), IsEmpty());
  says(testing::ack(4, true));
  EXPECT_THAT(settled(), ElementsAre(Ended(1, Failure::kNone), Ended(2, Failure::kUnroutable),
                                     Ended(3, Failure::kUnroutable), Ended(4, Failure::kNone)));
}

TEST_F(SessionTest, ARepeatWithTheSameIdIsReturnedAfterTheFirst) {
  connect();
  publish(1, 1);
  session_->forget(1);
  session_->publish(2, message("d_1"));
  says(testing::returned("d_1") + testing::ack(1));
  EXPECT_THAT(settled(), IsEmpty());
  says(testing::returned("d_1") + testing::ack(2));
  EXPECT_THAT(settled(), ElementsAre(Ended(2, Failure::kUnroutable)));
}

TEST_F(SessionTest, WhatIsForgottenIsNotSettled) {
  connect();
  publish(1, 2);
  session_->publish(3, message());
  session_->forget(2);
  EXPECT_EQ(session_->abandoned(), 1U);
  says(testing::ack(3, true));
  EXPECT_THAT(settled(), ElementsAre(Ended(1, Failure::kNone), Ended(3, Failure::kNone)));
  EXPECT_EQ(session_->abandoned(), 0U);
}

TEST_F(SessionTest, WhatWasForgottenBeforeTheChannelOpenedIsNotSent) {
  connect();
  session_->publish(1, message());
  session_->publish(2, message());
  session_->forget(1);
  says(testing::channel_open_ok());
  hears();
  says(testing::confirm_select_ok());
  EXPECT_THAT(hears_methods(), ElementsAre("60.40", "content", "content"));
  says(testing::ack(1));
  EXPECT_THAT(settled(), ElementsAre(Ended(2, Failure::kNone)));
}

TEST_F(SessionTest, ABodyIsSplitIntoFrames) {
  says(testing::start());
  says(testing::tune(2047, 4096));
  says(testing::open_ok());
  auto large = message();
  large.body = std::string(10'000, 'x');
  session_->publish(1, large);
  says(testing::channel_open_ok());
  says(testing::confirm_select_ok());
  std::string body;
  for (const auto& frame : hears()) {
    EXPECT_LE(frame.payload.size() + kFrameOverhead, 4096U);
    if (frame.type == FrameType::kBody) body += frame.payload;
  }
  EXPECT_EQ(body, large.body);
}

TEST_F(SessionTest, HeadersThatFitIntoNoFrameAreRefused) {
  connect();
  publish(1, 1);
  auto large = message();
  large.headers = {{"X-Large", std::string(200'000, 'x')}};
  session_->publish(2, large);
  EXPECT_THAT(settled(), ElementsAre(Ended(2, Failure::kInvalid)));
  publish(3, 3);
  says(testing::ack(2, true));
  EXPECT_THAT(settled(), ElementsAre(Ended(1, Failure::kNone), Ended(3, Failure::kNone)));
}

TEST_F(SessionTest, AMissingExchangeSettlesAllOfTheChannel) {
  connect();
  publish(1, 3);
  says(testing::ack(1));
  says(testing::close(1, 404, "NOT_FOUND - no exchange"));
  EXPECT_THAT(settled(), ElementsAre(Ended(1, Failure::kNone), Ended(2, Failure::kDenied),
                                     Ended(3, Failure::kDenied)));
  hears();
  opened_ = false;
  publish(4, 4);
  EXPECT_THAT(hears_methods(), ElementsAre("20.10", "85.10", "60.40", "content", "content"));
  says(testing::ack(1));  // numbers begin anew
  EXPECT_THAT(settled(), ElementsAre(Ended(4, Failure::kNone)));
}

TEST_F(SessionTest, ABlockedBrokerGetsNoMoreAndMayConfirmWhatItHas) {
  connect();
  publish(1, 1);
  says(testing::blocked("low on disk"));
  EXPECT_TRUE(session_->blocked());
  hears();
  session_->publish(2, message());
  const auto ended = settled();
  ASSERT_THAT(ended, ElementsAre(Ended(2, Failure::kBlocked)));
  EXPECT_THAT(ended[0].error, HasSubstr("low on disk"));
  EXPECT_THAT(hears(), IsEmpty());
  says(testing::unblocked());
  says(testing::ack(1));
  publish(3, 3);
  says(testing::ack(2));
  EXPECT_THAT(settled(), ElementsAre(Ended(1, Failure::kNone), Ended(3, Failure::kNone)));
}

TEST_F(SessionTest, WhatWaitsWhenTheBrokerBlocksIsSettled) {
  connect();
  session_->publish(1, message());
  says(testing::blocked("low on memory"));
  EXPECT_THAT(settled(), ElementsAre(Ended(1, Failure::kBlocked)));
}

TEST_F(SessionTest, ABrokerThatGoesDownIsAReset) {
  connect();
  publish(1, 2);
  says(testing::close(0, 320, "CONNECTION_FORCED - broker forced connection closure"));
  EXPECT_THAT(settled(), ElementsAre(Ended(1, Failure::kReset), Ended(2, Failure::kReset)));
  EXPECT_TRUE(session_->is_over());
}

TEST_F(SessionTest, SendsHeartbeatsAndMissesThem) {
  connect();
  now_ += 6s;
  session_->tick(now_);
  EXPECT_THAT(hears(), IsEmpty());
  now_ += 1s;
  session_->tick(now_);
  EXPECT_THAT(hears_methods(), ElementsAre("heartbeat"));
  std::string heartbeat;
  write_heartbeat(heartbeat);
  says(heartbeat);
  now_ += 30s;
  session_->tick(now_);
  EXPECT_FALSE(session_->is_over());
  publish(1, 1);
  now_ += 31s;
  session_->tick(now_);
  EXPECT_TRUE(session_->is_over());
  EXPECT_THAT(settled(), ElementsAre(Ended(1, Failure::kReset)));
}

TEST_F(SessionTest, SaysGoodbye) {
  connect();
  session_->close();
  EXPECT_THAT(hears_methods(), ElementsAre("10.50"));
  EXPECT_FALSE(session_->is_over());
  says(testing::close_ok());
  EXPECT_TRUE(session_->is_over());
  EXPECT_FALSE(session_->fault().has_value());
}

TEST_F(SessionTest, WhatMakesNoSenseEndsTheConnection) {
  std::string torn;
  end_frame(torn, begin_frame(torn, FrameType::kMethod, 0));
  const std::string cases[] = {"HTTP/1.1 400 Bad Request\r\n",
                               std::string("AMQP\0\0\x09\x01", 8),
                               torn,
                               testing::ack(1),
                               testing::open_ok(),
                               testing::method(0, 99, 99),
                               testing::content_header(1, 2, "d_1"),
                               std::string("\x01\0\0\xff\xff\xff\xff", 7)};
  for (const auto& bytes : cases) {
    make(settings());
    session_->publish(1, message());
    says(bytes);
    EXPECT_TRUE(session_->is_over());
    EXPECT_THAT(settled(), ElementsAre(Ended(1, Failure::kOther)));
  }
}

TEST_F(SessionTest, ConfirmsOfWhatWasNeverPublishedEndTheConnection) {
  connect();
  publish(1, 1);
  says(testing::ack(2));
  EXPECT_TRUE(session_->is_over());
}

TEST_F(SessionTest, BytesMayComeOneByOne) {
  const std::string all = testing::start() + testing::tune() + testing::open_ok();
  for (const char byte : all)
    says(std::string(1, byte));
  EXPECT_TRUE(session_->is_running());
}

}  // namespace
}  // namespace mih::transport::amqp
