#include "inbound/relay.hpp"

#include "inbound/inbound_test.hpp"

namespace mih::inbound {
namespace {

class RelayTest : public InboundFixture {
 protected:
  void replay(core::DeadLetterId letter) {
    settle();
    std::vector<core::Delivery> none;
    writer_->run([&, letter](store::Store& store) {
      test::replay(store, {letter}, clock_.now().wall, none);
    });
    settle();
    relay_->notify_all();
  }
};

TEST_F(RelayTest, AMessageIsHandedOverOnceAndLogged) {
  const auto receipt = submit(R"({"n":1.50})");
  auto call = next();
  EXPECT_EQ(call.site, "main");
  EXPECT_EQ(call.message.id, receipt->id);
  EXPECT_EQ(call.message.body, R"({"n":1.50})");
  EXPECT_EQ(call.message.service_name, "crm");
  EXPECT_EQ(waiting(), 1) << "until it is taken";
  call.answer({});
  EXPECT_EQ(waiting(), 0);
  const auto log = test::value_of(store_.log({}, {.limit = 5, .before = 0}));
  ASSERT_EQ(log.size(), 1U);
  EXPECT_TRUE(log[0].call.inbound);
  EXPECT_TRUE(log[0].call.success);
  EXPECT_EQ(log[0].call.endpoint, "/inbound/crm");
  EXPECT_EQ(log[0].call.delivery_id, receipt->id);
  EXPECT_EQ(log[0].call.attempt_count, 1);
  EXPECT_EQ(log[0].call.http_status, 200);
}

TEST_F(RelayTest, ARefusalMakesADeadLetterThatCanBeReplayed) {
  const auto receipt = submit("{}");
  next().answer(std::unexpected(refused()));
  ASSERT_EQ(letters().size(), 1U);
  const auto letter = *test::value_of(store_.dead_letter(letters().front().id));
  EXPECT_EQ(letter.reason, core::DeadReason::kInbound);
  EXPECT_EQ(letter.error_message, "HTTP 422: no");
  EXPECT_EQ(letter.http_status, 422);
  EXPECT_EQ(letter.attempts.size(), 1U);
  EXPECT_EQ(letter.payload, "{}");
  replay(letter.id);
  auto again = next();
  EXPECT_EQ(again.message.id, receipt->id);
  again.answer({});
  EXPECT_TRUE(letters().empty());
}

TEST_F(RelayTest, WhatIsNotJsonIsReplayedAsTextAndKeepsItsBytes) {
  ASSERT_TRUE(submit("plain", "", core::InboundSource::kAmqp));
  const auto letter = letters().front().id;
  replay(letter);
  auto call = next();
  EXPECT_EQ(call.message.body, R"("plain")");
  call.answer(std::unexpected(refused()));
  ASSERT_EQ(letters().size(), 1U);
  EXPECT_EQ(test::value_of(store_.dead_letter(letter))->payload, "plain");
}

TEST_F(RelayTest, WhileMoodleIsAwayMessagesWaitAndAreTriedAgain) {
  submit("1");
  next().answer(std::unexpected(away()));
  EXPECT_EQ(waiting(), 1);
  clock_.forward(std::chrono::hours{1});
  submit("2");  // wakes the relay, which otherwise waits by the real clock
  auto first = next();
  auto second = next();
  EXPECT_EQ(first.message.body, "1");
  EXPECT_EQ(second.message.body, "2");
  first.answer({});
  second.answer({});
  EXPECT_EQ(waiting(), 0);
  EXPECT_TRUE(letters().empty());
}

TEST_F(RelayTest, AfterThreeDaysAMessageIsGivenUp) {
  submit("1");
  auto call = next();
  clock_.forward(std::chrono::hours{72});
  call.answer(std::unexpected(away()));
  submit("2");
  next().answer({});
  ASSERT_EQ(letters().size(), 1U);
  EXPECT_EQ(letters().front().error_message, "Moodle did not take it within 72 hours: HTTP 503");
  EXPECT_EQ(letters().front().reason, core::DeadReason::kInbound);
}

TEST_F(RelayTest, AfterARestartWhatWasNotTakenIsHandedOverAgain) {
  const auto first = submit("1");
  const auto second = submit("2");
  next();
  next().answer({});
  settle();
  end();
  start();
  auto again = next();
  EXPECT_EQ(again.message.id, first->id);
  again.answer({});
  EXPECT_EQ(waiting(), 0);
}

TEST_F(RelayTest, OfADeletedServiceNothingIsHandedOver) {
  {
    const std::lock_guard lock(mutex_);
    services_.clear();
  }
  submit("1");
  while (waiting() > 0) {
  }
  ASSERT_EQ(letters().size(), 1U);
  EXPECT_EQ(letters().front().error_message, "its service was deleted");
}

}  // namespace
}  // namespace mih::inbound
