#include "transport/amqp/consumer.hpp"

#include <gmock/gmock.h>

#include "transport/amqp/session.hpp"
#include "transport/amqp/testing/broker_frames.hpp"

namespace mih::transport::amqp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

class ConsumerTest : public ::testing::Test {
 protected:
  static Session::Settings settings() {
    Session::Settings settings;
    settings.vhost = "/";
    settings.response_queue = "answers";
    return settings;
  }
  void says(const std::string& bytes) { session_.receive(bytes, now_); }
  std::vector<testing::Heard> hears() {
    return testing::heard(frames_, session_.take_output(now_));
  }
  std::vector<std::string> hears_methods() {
    std::vector<std::string> names;
    for (const auto& frame : hears())
      names.push_back(std::to_string(frame.class_id) + "." + std::to_string(frame.method_id));
    return names;
  }
  void connect() {
    says(testing::start());
    says(testing::tune());
    hears();
    says(testing::open_ok());
  }
  void subscribe() {
    says(testing::channel_open_ok(2));
    says(testing::qos_ok());
    says(testing::consume_ok());
    hears();
  }
  void wait(std::chrono::seconds time) {
    now_ += time;
    std::string heartbeat;
    write_heartbeat(heartbeat);
    says(heartbeat);
    session_.tick(now_);
  }

  SteadyTime now_{1h};
  Session session_{settings(), SteadyTime{1h}};
  FrameReader frames_;
};

TEST_F(ConsumerTest, SubscribesWithAPrefetch) {
  connect();
  EXPECT_THAT(hears_methods(), ElementsAre("20.10"));
  says(testing::channel_open_ok(2));
  const auto limit = hears();
  ASSERT_EQ(limit.size(), 1U);
  EXPECT_TRUE(limit[0].is(60, 10));
  EXPECT_EQ(limit[0].payload, std::string("\0\0\0\0\0\x32\0", 7));
  says(testing::qos_ok());
  const auto subscription = hears();
  ASSERT_EQ(subscription.size(), 1U);
  EXPECT_TRUE(subscription[0].is(60, 20));
  EXPECT_THAT(subscription[0].payload, HasSubstr("answers"));
  says(testing::consume_ok());
  EXPECT_THAT(hears(), IsEmpty());
  EXPECT_EQ(session_.trouble(), "");
}

TEST_F(ConsumerTest, MessagesAreAcknowledgedOneByOne) {
  connect();
  subscribe();
  says(testing::deliver(1, "m1", R"({"n":1})") + testing::deliver(2, "", ""));
  const auto messages = session_.take_delivered();
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0].tag, 1U);
  EXPECT_EQ(messages[0].message_id, "m1");
  EXPECT_EQ(messages[0].content_type, "application/json");
  EXPECT_EQ(messages[0].body, R"({"n":1})");
  EXPECT_EQ(messages[1].body, "");
  EXPECT_THAT(hears(), IsEmpty());
  session_.acknowledge(session_.epoch(), 2);
  session_.give_back(session_.epoch(), 1);
  const auto answers = hears();
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_TRUE(answers[0].is(60, 80));
  EXPECT_EQ(answers[0].payload, std::string("\0\0\0\0\0\0\0\x02\0", 9));
  EXPECT_TRUE(answers[1].is(60, 120));
  EXPECT_EQ(answers[1].payload, std::string("\0\0\0\0\0\0\0\x01\x02", 9));
}

TEST_F(ConsumerTest, ABodyMayComeInPieces) {
  connect();
  subscribe();
  const auto whole = testing::deliver(1, "m1", "0123456789");
  const auto head = whole.substr(0, whole.size() - 10 - kFrameOverhead);
  says(head + testing::content_body(2, "01234"));
  EXPECT_THAT(session_.take_delivered(), IsEmpty());
  says(testing::content_body(2, "56789"));
  EXPECT_EQ(session_.take_delivered().at(0).body, "0123456789");
}

TEST_F(ConsumerTest, AMissingQueueIsTriedAgainAfterLongerAndLongerWaits) {
  connect();
  hears();
  for (const auto pause : {1s, 2s, 4s}) {
    says(testing::channel_open_ok(2));
    says(testing::qos_ok());
    says(testing::close(2, 404, "NOT_FOUND - no queue 'answers'"));
    EXPECT_THAT(session_.trouble(), HasSubstr("no queue 'answers'"));
    EXPECT_TRUE(session_.is_running());
    hears();
    wait(pause - 1s);
    EXPECT_THAT(hears_methods(), ElementsAre());
    wait(1s);
    EXPECT_THAT(hears_methods(), ElementsAre("20.10"));
  }
  subscribe();
  EXPECT_EQ(session_.trouble(), "");
}

TEST_F(ConsumerTest, ADeletedQueueIsSubscribedAgain) {
  connect();
  subscribe();
  const auto before = session_.epoch();
  says(testing::deliver(1, "m1", "{}"));
  EXPECT_EQ(session_.take_delivered().size(), 1U);
  says(testing::cancel());
  EXPECT_THAT(hears_methods(), ElementsAre("20.40"));
  wait(1s);
  EXPECT_THAT(hears_methods(), ElementsAre());  // not before the broker has agreed
  says(testing::channel_close_ok(2));
  wait(1s);
  EXPECT_THAT(hears_methods(), ElementsAre("20.10"));
  subscribe();
  session_.acknowledge(before, 1);  // a tag of the channel before
  EXPECT_THAT(hears(), IsEmpty());
}

TEST_F(ConsumerTest, TheGoodbyeWaitsForWhatIsNotAnsweredYet) {
  connect();
  subscribe();
  says(testing::deliver(1, "m1", "{}") + testing::deliver(2, "m2", "{}"));
  EXPECT_EQ(session_.take_delivered().size(), 2U);
  session_.close();
  EXPECT_THAT(hears_methods(), ElementsAre("60.30"));
  says(testing::deliver(3, "m3", "{}"));  // was on its way
  EXPECT_THAT(session_.take_delivered(), IsEmpty());
  session_.acknowledge(session_.epoch(), 1);
  EXPECT_THAT(hears_methods(), ElementsAre("60.80"));
  session_.give_back(session_.epoch(), 2);
  EXPECT_THAT(hears_methods(), ElementsAre("60.120", "10.50"));
}

TEST_F(ConsumerTest, AStopInTheMiddleOfSubscribingLeavesTheChannel) {
  connect();
  hears();
  session_.stop_consuming();
  EXPECT_THAT(hears_methods(), ElementsAre("20.40"));
  says(testing::channel_open_ok(2) + testing::channel_close_ok(2));
  wait(20s);
  EXPECT_THAT(hears_methods(), ::testing::Not(::testing::Contains("20.10")));
  EXPECT_TRUE(session_.is_running());
}

TEST_F(ConsumerTest, OfALargeBodyTheBeginningIsKept) {
  connect();
  subscribe();
  const std::string piece(100'000, 'x');
  const auto whole = testing::deliver(1, "m1", "{}");
  std::string head = whole.substr(0, whole.find(testing::content_header(2, 2, "m1")));
  says(head + testing::content_header(2, 200 * piece.size(), "m1"));
  for (int i = 0; i < 200; ++i)
    says(testing::content_body(2, piece));
  const auto messages = session_.take_delivered();
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].body.size(), Consumer::kMostBody);
  EXPECT_EQ(messages[0].size, 200 * piece.size());
}

TEST_F(ConsumerTest, MoreThanThePrefetchEndsTheConnection) {
  connect();
  subscribe();
  const auto one = testing::deliver(1, "m", "{}");
  for (std::uint64_t tag = 0; tag < Consumer::kPrefetch; ++tag)
    says(one);
  EXPECT_TRUE(session_.is_consuming());
  EXPECT_EQ(session_.take_delivered().size(), Consumer::kPrefetch);
  session_.acknowledge(session_.epoch(), 1);
  says(one);
  EXPECT_TRUE(session_.is_consuming());
  says(one);
  EXPECT_TRUE(session_.is_over());
}

TEST_F(ConsumerTest, WhatMakesNoSenseEndsTheConnection) {
  connect();
  subscribe();
  says(testing::content_body(2, "{}"));
  EXPECT_TRUE(session_.is_over());
}

}  // namespace
}  // namespace mih::transport::amqp
