#include "core/inbound_letter.hpp"

#include <gtest/gtest.h>

namespace mih::core {
namespace {

using namespace std::string_literals;

InboundMessage message() {
  return {.id = "m1",
          .service = ServiceId{3},
          .service_name = "crm",
          .source = InboundSource::kAmqp,
          .message_id = "theirs",
          .content_type = "application/octet-stream",
          .body = "\0\xff\n"s,
          .received = from_unix_ms(1000)};
}

TEST(InboundLetter, KeepsTheBytesForAReplay) {
  const auto letter = inbound_letter(message(), "no JSON");
  EXPECT_EQ(letter.reason, DeadReason::kInbound);
  EXPECT_EQ(letter.error_message, "no JSON");
  EXPECT_EQ(letter.event->name, kWebhookReceived);
  const auto again = inbound_message(letter);
  EXPECT_EQ(again.id, "m1");
  EXPECT_EQ(again.service, ServiceId{3});
  EXPECT_EQ(again.service_name, "crm");
  EXPECT_EQ(again.source, InboundSource::kAmqp);
  EXPECT_EQ(again.content_type, "application/octet-stream");
  EXPECT_EQ(again.body, "\0\xff\n"s);
  EXPECT_EQ(again.received, from_unix_ms(1000));
}

TEST(InboundLetter, SaysWhereAWebhookCameIn) {
  auto webhook = message();
  webhook.source = InboundSource::kWebhook;
  const auto letter = inbound_letter(webhook, "refused");
  EXPECT_EQ(letter.method, "POST");
  EXPECT_EQ(letter.url, "/inbound/crm");
  EXPECT_EQ(inbound_message(letter).source, InboundSource::kWebhook);
}

}  // namespace
}  // namespace mih::core
