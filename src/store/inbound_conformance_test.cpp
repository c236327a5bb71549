#include "core/inbound_letter.hpp"
#include "support/store_test.hpp"

/// Messages of services: what every store must do.
namespace mih::store {
namespace {

using namespace mih::test;
using namespace std::string_literals;

class InboundTest : public StoreTest {
 protected:
  core::InboundMessage message(const std::string& id, const std::string& message_id = "",
                               WallTime now = at(1)) {
    return {.id = id,
            .service = crm_.id,
            .service_name = "crm",
            .source = core::InboundSource::kAmqp,
            .message_id = message_id,
            .content_type = "text/x",
            .body = "{\"n\":\0\xff}"s,
            .received = now};
  }

  InboundEntry take(core::InboundMessage message, const std::string& refusal = "") {
    Batch batch;
    batch.now = message.received;
    batch.inbound.push_back({std::move(message), refusal, {}, {}});
    check(store().commit(batch));
    return std::move(batch.inbound.front());
  }

  void end(core::InboundSeq seq, std::unique_ptr<core::DeadLetter> letter = nullptr) {
    Batch batch;
    batch.now = at(9);
    batch.handed_over.push_back({seq, std::move(letter)});
    check(store().commit(batch));
  }

  std::unique_ptr<core::DeadLetter> letter_of(core::InboundSeq seq, const std::string& why) {
    auto letter = core::inbound_letter(*value_of(reader().inbound_message(seq)), why);
    letter.created = at(8);
    letter.attempts = {make_attempt(1, at(7), 422)};
    return std::make_unique<core::DeadLetter>(std::move(letter));
  }

  std::vector<core::InboundSeq> waiting(core::InboundSeq after = {}, std::size_t limit = 100) {
    std::vector<core::InboundSeq> seqs;
    for (const auto& row : value_of(reader().inbound_rows(crm_.id, after, limit)))
      seqs.push_back(row.seq);
    return seqs;
  }

  core::InboundSeq only_waiting() {
    const auto seqs = waiting();
    EXPECT_EQ(seqs.size(), 1U);
    return seqs.empty() ? core::InboundSeq{} : seqs.front();
  }

  std::vector<core::DeadLetter> letters() {
    return value_of(reader().dead_letters({}, {.limit = 10, .before = 0}));
  }
};

MIH_EACH_STORE(InboundTest);

TEST_P(InboundTest, AMessageWaitsAsItCameUntilItIsHandedOver) {
  const auto entry = take(message("m1"));
  EXPECT_EQ(entry.receipt.id, "m1");
  EXPECT_FALSE(entry.receipt.duplicate);
  subject_->reopen();
  const auto kept = value_of(reader().inbound_message(entry.seq));
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->id, "m1");
  EXPECT_EQ(kept->service, crm_.id);
  EXPECT_EQ(kept->service_name, "crm");
  EXPECT_EQ(kept->source, core::InboundSource::kAmqp);
  EXPECT_EQ(kept->content_type, "text/x");
  EXPECT_EQ(kept->body, "{\"n\":\0\xff}"s);
  EXPECT_EQ(kept->received, at(1));
  end(entry.seq);
  EXPECT_FALSE(value_of(reader().inbound_message(entry.seq)));
  EXPECT_TRUE(letters().empty());
}

TEST_P(InboundTest, MessagesWaitInOrderAndAreCounted) {
  const auto first = take(message("m1", "", at(5))).seq;
  const auto second = take(message("m2", "", at(3))).seq;
  const auto third = take(message("m3", "", at(6))).seq;
  EXPECT_EQ(waiting(), (std::vector{first, second, third}));
  EXPECT_EQ(waiting(first, 1), std::vector{second});
  const auto figures = value_of(reader().inbound_figures());
  ASSERT_EQ(figures.size(), 1U);
  EXPECT_EQ(figures.at(crm_.id).waiting, 3);
  EXPECT_EQ(figures.at(crm_.id).oldest, at(3));
  for (const auto seq : {first, second, third})
    end(seq);
  EXPECT_TRUE(value_of(reader().inbound_figures()).empty());
  subject_->reopen();
  EXPECT_GT(take(message("m4")).seq, third) << "numbers are not used again";
}

TEST_P(InboundTest, ARepeatHasTheIdOfTheFirst) {
  const auto first = take(message("m1", "a"));
  end(first.seq);
  subject_->reopen();
  const auto repeat = take(message("m2", "a", at(72 * 3600)));
  EXPECT_TRUE(repeat.receipt.duplicate);
  EXPECT_EQ(repeat.receipt.id, "m1");
  EXPECT_TRUE(waiting().empty());
  EXPECT_FALSE(take(message("m3", "b")).receipt.duplicate);
  EXPECT_FALSE(take(message("m4")).receipt.duplicate) << "without an id nothing is a repeat";
  EXPECT_FALSE(take(message("m5")).receipt.duplicate);
}

TEST_P(InboundTest, ARepeatIsOneOfTheSameServiceAndSource) {
  take(message("m1", "a"));
  auto other = message("m2", "a");
  other.service.value += 1;
  EXPECT_FALSE(take(other).receipt.duplicate);
  auto webhook = message("m3", "a");
  webhook.source = core::InboundSource::kWebhook;
  EXPECT_FALSE(take(webhook).receipt.duplicate);
}

TEST_P(InboundTest, AnIdIsKnownForThreeDays) {
  take(message("m1", "a"));
  const auto later = take(message("m2", "a", at(1 + 72 * 3600)));
  EXPECT_FALSE(later.receipt.duplicate);
  EXPECT_EQ(take(message("m3", "a", at(2 + 72 * 3600))).receipt.id, "m2");
  while (value_of(store().maintain(at(2 + 144 * 3600)))) {
  }
  EXPECT_FALSE(take(message("m4", "a", at(2 + 72 * 3600))).receipt.duplicate) << "forgotten";
}

TEST_P(InboundTest, WithinOneCommitTheFirstWins) {
  Batch batch;
  batch.now = at(1);
  batch.inbound.push_back({message("m1", "a"), "", {}, {}});
  batch.inbound.push_back({message("m2", "a"), "", {}, {}});
  check(store().commit(batch));
  EXPECT_EQ(batch.inbound[1].receipt.id, "m1");
  EXPECT_TRUE(batch.inbound[1].receipt.duplicate);
  EXPECT_EQ(waiting(), std::vector{batch.inbound[0].seq});
}

TEST_P(InboundTest, WhatCanNeverReachMoodleIsADeadLetterAtOnce) {
  const auto entry = take(message("m1", "a"), "it is not JSON");
  EXPECT_FALSE(entry.seq);
  EXPECT_TRUE(waiting().empty());
  ASSERT_EQ(letters().size(), 1U);
  const auto letter = value_of(reader().dead_letter(letters().front().id));
  EXPECT_EQ(letter->reason, core::DeadReason::kInbound);
  EXPECT_EQ(letter->error_message, "it is not JSON");
  EXPECT_EQ(letter->payload, "{\"n\":\0\xff}"s);
  EXPECT_EQ(letter->created, at(1));
  EXPECT_EQ(value_of(reader().dead_letter_count()), 1);
  EXPECT_TRUE(take(message("m2", "a"), "it is not JSON").receipt.duplicate);
  expect_totals(0, 0, 0);
}

TEST_P(InboundTest, ARefusedMessageBecomesADeadLetterAndIsReplayed) {
  const auto seq = take(message("m1")).seq;
  end(seq, letter_of(seq, "HTTP 422"));
  EXPECT_TRUE(waiting().empty());
  ASSERT_EQ(letters().size(), 1U);
  const auto letter = letters().front().id;
  std::vector<core::Delivery> ready;
  for (const auto mode : {core::ReplayMode::kCurrent, core::ReplayMode::kAsSent}) {
    EXPECT_EQ(value_of(replay(store(), {letter}, at(20), ready, mode)).succeeded, 1);
    EXPECT_TRUE(value_of(reader().dead_letter(letter))->replaying);
    EXPECT_EQ(value_of(replay(store(), {letter}, at(21), ready, mode)).skipped, 1);
    EXPECT_EQ(value_of(remove_letters(store(), {letter})).skipped, 1);
    const auto again = only_waiting();
    const auto kept = value_of(reader().inbound_message(again));
    EXPECT_EQ(kept->id, "m1") << "Moodle knows it by the same id";
    EXPECT_EQ(kept->received, at(20)) << "its age counts from the replay";
    EXPECT_EQ(kept->body, "{\"n\":\0\xff}"s);
    end(again, letter_of(again, "again"));
    ASSERT_EQ(letters().size(), 1U);
    EXPECT_EQ(letters().front().id, letter);
    EXPECT_EQ(letters().front().error_message, "again");
    EXPECT_EQ(letters().front().created, at(8));
    EXPECT_FALSE(letters().front().replaying);
  }
  EXPECT_TRUE(ready.empty());
  value_of(replay(store(), {letter}, at(30), ready));
  end(only_waiting());
  EXPECT_TRUE(letters().empty()) << "taken in the end";
  EXPECT_EQ(value_of(reader().dead_letter_count()), 0);
  expect_totals(0, 0, 0);
}

TEST_P(InboundTest, WithoutItsServiceALetterCannotBeReplayed) {
  take(message("m1"), "no");
  value_of(store().remove_service(crm_.id, at(2)));
  std::vector<core::Delivery> ready;
  EXPECT_EQ(value_of(replay(store(), {letters().front().id}, at(3), ready)).skipped, 1);
  const auto again = value_of(store().save_service(make_service("crm"), at(4)));
  EXPECT_EQ(value_of(replay(store(), {letters().front().id}, at(5), ready)).succeeded, 1);
  EXPECT_EQ(value_of(reader().inbound_rows(again.id, {}, 1)).size(), 1U);
}

TEST_P(InboundTest, WhatNoLongerWaitsDoesNotEndTwice) {
  const auto seq = take(message("m1")).seq;
  auto late = letter_of(seq, "late");
  end(seq);
  end(seq, std::move(late));
  EXPECT_TRUE(letters().empty());
  EXPECT_EQ(value_of(reader().dead_letter_count()), 0);
}

TEST_P(InboundTest, TheFiguresOfTheServiceLeaveHandOversOut) {
  Batch batch;
  batch.now = at(1);
  auto call = make_call(crm_.id, at(1), false);
  call.kind = CallKind::kInbound;
  call.inbound = true;
  batch.calls.push_back(call);
  check(store().commit(batch));
  check(store().flush(at(2)));
  const auto own = value_of(reader().statistics(at(3)))[crm_.id];
  EXPECT_EQ(own.errors_24h, 0);
  EXPECT_FALSE(own.avg_latency_ms);
  LogFilter inbound;
  inbound.direction = "inbound";
  const auto log = value_of(reader().log(inbound, {.limit = 5, .before = 0}));
  ASSERT_EQ(log.size(), 1U);
  EXPECT_EQ(log.front().call.kind, CallKind::kInbound);
}

}  // namespace
}  // namespace mih::store
