#include "transport/amqp/message.hpp"

#include <gmock/gmock.h>

#include "transport/amqp/frame.hpp"
#include "transport/amqp/testing/broker_frames.hpp"

namespace mih::transport::amqp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

constexpr WallTime kNow{std::chrono::milliseconds{1'708'258'939'500}};

core::Request request() {
  core::Request request;
  request.url = "a.b";
  request.headers = {{"content-type", "application/xml"}, {"accept", "x"}, {"X-Note", "one"}};
  request.delivery_id = "d_abc";
  request.event_name = R"(\core\event\user_created)";
  request.body = "<a/>";
  return request;
}

TEST(AmqpMessage, HeadersBecomePropertiesAndTheTable) {
  const auto message = message_of(request(), {}, kNow).value();
  EXPECT_EQ(message.routing_key, "a.b");
  EXPECT_EQ(message.content_type, "application/xml");
  EXPECT_EQ(message.message_id, "d_abc");
  EXPECT_EQ(message.type, R"(\core\event\user_created)");
  EXPECT_EQ(message.timestamp_s, 1'708'258'939U);
  EXPECT_EQ(message.body, "<a/>");
  EXPECT_THAT(message.headers, ElementsAre(Pair("X-Note", "one")));
}

TEST(AmqpMessage, WithoutContentTypeItIsJson) {
  auto plain = request();
  plain.headers.clear();
  EXPECT_EQ(message_of(plain, {}, kNow).value().content_type, "application/json");
}

TEST(AmqpMessage, EachMessageHasAnId) {
  auto call = request();
  call.delivery_id.clear();
  const auto first = message_of(call, {}, kNow).value().message_id;
  EXPECT_EQ(first.size(), 36U);
  EXPECT_NE(first, message_of(call, {}, kNow).value().message_id);
}

TEST(AmqpMessage, TheKeyOfTheUrlIsUsedWithoutEndpoint) {
  auto call = request();
  call.url.clear();
  core::AmqpAddress address;
  address.routing_key = "default";
  EXPECT_EQ(message_of(call, address, kNow).value().routing_key, "default");
}

TEST(AmqpMessage, WhatDoesNotFitIsRefused) {
  auto long_key = request();
  long_key.url = std::string(256, 'k');
  auto long_type = request();
  long_type.headers = {{"Content-Type", std::string(256, 't')}};
  auto long_name = request();
  long_name.headers = {{std::string(256, 'n'), "value"}};
  for (const auto& wrong : {long_key, long_type, long_name}) {
    const auto message = message_of(wrong, {}, kNow);
    ASSERT_FALSE(message.has_value());
    EXPECT_THAT(message.error().detail, HasSubstr("255 bytes"));
  }
  long_key.url = std::string(255, 'k');
  EXPECT_TRUE(message_of(long_key, {}, kNow).has_value());
}

TEST(AmqpMessage, TheContentIsReadAsItWasWritten) {
  auto message = message_of(request(), {}, kNow).value();
  message.body = std::string(9000, 'x');
  std::string out;
  ASSERT_TRUE(write_content(out, 3, 4096, message));
  FrameReader frames;
  const auto heard = testing::heard(frames, out);
  ASSERT_EQ(heard.size(), 4U);
  EXPECT_EQ(heard[0].type, FrameType::kHeader);
  EXPECT_EQ(heard[0].channel, 3);
  const auto header = read_content_header(heard[0].payload).value();
  EXPECT_EQ(header.body_size, 9000U);
  EXPECT_EQ(header.content_type, "application/xml");
  EXPECT_EQ(header.message_id, "d_abc");
  EXPECT_EQ(heard[1].payload + heard[2].payload + heard[3].payload, message.body);
}

TEST(AmqpMessage, AnEmptyBodyHasNoFrame) {
  auto message = message_of(request(), {}, kNow).value();
  message.body.clear();
  std::string out;
  ASSERT_TRUE(write_content(out, 1, kMostFrame, message));
  FrameReader frames;
  EXPECT_EQ(testing::heard(frames, out).size(), 1U);
}

TEST(AmqpMessage, HeadersLargerThanAFrameAreRefused) {
  auto message = message_of(request(), {}, kNow).value();
  message.headers = {{"X", std::string(5000, 'x')}};
  std::string out{"before"};
  EXPECT_FALSE(write_content(out, 1, 4096, message));
  EXPECT_EQ(out, "before");
}

TEST(AmqpMessage, HeadersThatAreCutShortAreRefused) {
  const auto message = message_of(request(), {}, kNow).value();
  std::string out;
  ASSERT_TRUE(write_content(out, 1, kMostFrame, message));
  FrameReader frames;
  const std::string whole = testing::heard(frames, out).at(0).payload;
  std::size_t refused = 0;
  for (std::size_t size = 0; size < whole.size(); ++size)
    refused += read_content_header(whole.substr(0, size)).has_value() ? 0 : 1;
  EXPECT_GT(refused, whole.find("d_abc"));  // what comes after the id is of no interest
}

}  // namespace
}  // namespace mih::transport::amqp
