#include "transport/amqp/frame.hpp"

#include <gmock/gmock.h>

#include "transport/amqp/method.hpp"
#include "transport/amqp/testing/broker_frames.hpp"

namespace mih::transport::amqp {
namespace {

using ::testing::HasSubstr;

TEST(AmqpFrame, FramesAreFoundHoweverTheBytesCome) {
  std::string out;
  write_channel_open(out, 7);
  write_heartbeat(out);
  const auto body = begin_frame(out, FrameType::kBody, 7);
  out += std::string(100'000, 'b');
  end_frame(out, body);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{1000}, out.size()}) {
    FrameReader reader;
    std::vector<std::pair<FrameType, std::size_t>> found;
    for (std::size_t at = 0; at < out.size(); at += piece) {
      reader.add(std::string_view{out}.substr(at, piece));
      for (;;) {
        const auto frame = reader.next();
        ASSERT_TRUE(frame.has_value());
        if (!*frame) break;
        found.emplace_back((*frame)->type, (*frame)->payload.size());
      }
    }
    EXPECT_EQ(found, (std::vector<std::pair<FrameType, std::size_t>>{{FrameType::kMethod, 5},
                                                                     {FrameType::kHeartbeat, 0},
                                                                     {FrameType::kBody, 100'000}}));
  }
}

TEST(AmqpFrame, WhatIsNoFrameStaysAnError) {
  const std::pair<std::string, const char*> cases[] = {
      {std::string("\x09\0\0\0\0\0\0\xce", 8), "0-9-1"},
      {std::string("AMQP\0\x01\0\0", 8), "another version"},
      {std::string("\x01\0\0\x7f\0\0\0\xce", 8), "larger"},
      {std::string("\x01\0\0\0\0\0\0\0", 8), "end mark"}};
  for (const auto& [bytes, named] : cases) {
    FrameReader reader;
    reader.add(bytes);
    const auto broken = reader.next();
    ASSERT_FALSE(broken.has_value());
    EXPECT_THAT(broken.error().detail, HasSubstr(named));
    std::string good;
    write_heartbeat(good);
    reader.add(good);
    EXPECT_FALSE(reader.next().has_value());
  }
}

TEST(AmqpMethod, ReadsWhatABrokerSays) {
  FrameReader frames;
  const auto read = [&](const std::string& bytes) {
    frames.add(bytes);
    const auto frame = frames.next();
    return read_method((*frame)->payload).value();
  };
  EXPECT_EQ(std::get<ConnectionStart>(read(testing::start("A B"))).mechanisms, "A B");
  const auto tune = std::get<ConnectionTune>(read(testing::tune(1, 2, 3)));
  EXPECT_EQ(tune.channel_max, 1);
  EXPECT_EQ(tune.frame_max, 2U);
  EXPECT_EQ(tune.heartbeat_s, 3);
  const auto closed = std::get<ChannelClose>(read(testing::close(1, 404, "gone")));
  EXPECT_EQ(closed.code, 404);
  EXPECT_EQ(closed.text, "gone");
  const auto ack = std::get<BasicAck>(read(testing::ack(1ULL << 40U, true)));
  EXPECT_EQ(ack.tag, 1ULL << 40U);
  EXPECT_TRUE(ack.multiple);
  EXPECT_FALSE(std::get<BasicNack>(read(testing::nack(5))).multiple);
  EXPECT_EQ(std::get<OtherMethod>(read(testing::method(0, 99, 98))).method_id, 98);
}

TEST(AmqpMethod, WhatIsCutShortIsRefused) {
  for (const auto& whole : {testing::start(), testing::tune(), testing::close(1, 404, "gone"),
                            testing::ack(1), testing::blocked("low")}) {
    const std::string_view payload{whole.data() + 7, whole.size() - kFrameOverhead};
    EXPECT_TRUE(read_method(payload).has_value());
    EXPECT_FALSE(read_method(payload.substr(0, 3)).has_value());
    EXPECT_FALSE(read_method(payload.substr(0, 4)).has_value());
  }
}

}  // namespace
}  // namespace mih::transport::amqp
