#include "inbound/intake.hpp"

#include <gmock/gmock.h>

#include "inbound/inbound_test.hpp"

namespace mih::inbound {
namespace {

using core::InboundSource;
using ::testing::HasSubstr;
using ::testing::Not;

class IntakeTest : public InboundFixture {};

TEST_F(IntakeTest, AMessageIsDurableBeforeItIsAnswered) {
  const auto receipt = submit(R"({"n":1.50})", "a");
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->id.size(), 36U);
  EXPECT_FALSE(receipt->duplicate);
  EXPECT_EQ(test::value_of(store_.inbound_figures())[crm_.id].waiting, 1);
  const auto repeat = submit("{}", "a");
  EXPECT_EQ(repeat->id, receipt->id);
  EXPECT_TRUE(repeat->duplicate);
}

TEST_F(IntakeTest, AWebhookThatIsNotJsonIsRefusedAndNotQuoted) {
  for (const auto* body : {"", "secret text", "{", "{\"a\":1} x", "\"\xff\""}) {
    const auto receipt = submit(body);
    ASSERT_FALSE(receipt) << body;
    EXPECT_EQ(receipt.error().code, ErrorCode::kInvalidJson);
    EXPECT_THAT(receipt.error().detail, Not(HasSubstr("secret")));
  }
  EXPECT_EQ(submit(std::string(65, '[') + std::string(65, ']')).error().code,
            ErrorCode::kInvalidJson);
  EXPECT_EQ(submit('"' + std::string(kMaxMessageBytes, 'x') + '"').error().code,
            ErrorCode::kTooLarge);
  EXPECT_TRUE(submit('"' + std::string(kMaxMessageBytes - 2, 'x') + '"'));
  EXPECT_TRUE(letters().empty());
}

TEST_F(IntakeTest, AQueuesMessageThatIsNotJsonBecomesADeadLetterWithItsBytes) {
  const std::string body{"\x00\xff{", 3};
  const auto receipt = submit(body, "a", InboundSource::kAmqp);
  ASSERT_TRUE(receipt);
  EXPECT_TRUE(submit(body, "a", InboundSource::kAmqp)->duplicate);
  ASSERT_EQ(letters().size(), 1U);
  const auto letter = test::value_of(store_.dead_letter(letters().front().id));
  EXPECT_EQ(letter->reason, core::DeadReason::kInbound);
  EXPECT_EQ(letter->payload, body);
  EXPECT_EQ(letter->delivery_id, receipt->id);
  EXPECT_EQ(waiting(), 0);
}

TEST_F(IntakeTest, OfAMessageThatWasCutTheDeadLetterSaysSo) {
  std::optional<Result<core::InboundReceipt>> kept;
  intake_->submit({.service = crm_.id,
                   .service_name = "crm",
                   .source = InboundSource::kAmqp,
                   .body = "12",
                   .cut_from = 99'000'000},
                  [&](Result<core::InboundReceipt> receipt) { kept = std::move(receipt); });
  ASSERT_EQ(letters().size(), 1U);
  EXPECT_TRUE(kept && *kept);
  EXPECT_THAT(test::value_of(store_.dead_letter(letters().front().id))->error_message,
              HasSubstr("99000000 bytes"));
}

TEST_F(IntakeTest, WhatTheStoreDoesNotTakeIsNotAcknowledged) {
  store_.fail_with(Error{ErrorCode::kStoreFailed, "no disk", {}});
  EXPECT_EQ(submit("{}", "a").error().code, ErrorCode::kStoreFailed);
  store_.fail_with(std::nullopt);
  EXPECT_FALSE(submit("{}", "a")->duplicate);
  writer_->refuse_intake();
  EXPECT_EQ(submit("{}").error().code, ErrorCode::kStarting);
}

}  // namespace
}  // namespace mih::inbound
