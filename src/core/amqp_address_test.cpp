#include "core/amqp_address.hpp"

#include <gmock/gmock.h>

namespace mih::core {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

AmqpAddress parsed(std::string_view url) {
  auto address = parse_amqp_address(url);
  EXPECT_TRUE(address.has_value()) << url << ": " << (address ? "" : address.error().detail);
  return address.value_or(AmqpAddress{});
}

TEST(AmqpAddress, ReadsAllParts) {
  const auto address = parsed(
      "amqps://hub:secret@mq.example:5999/moodle"
      "?exchange=events&routing_key=a.b&queue_declare=q&dlq=d");
  EXPECT_TRUE(address.tls);
  EXPECT_EQ(address.host, "mq.example");
  EXPECT_EQ(address.port, 5999);
  EXPECT_EQ(address.user, "hub");
  EXPECT_EQ(address.password, "secret");
  EXPECT_EQ(address.vhost, "moodle");
  EXPECT_EQ(address.exchange, "events");
  EXPECT_EQ(address.routing_key, "a.b");
  EXPECT_EQ(address.queue_declare, "q");
  EXPECT_EQ(address.dlq, "d");
}

TEST(AmqpAddress, PortsAndVhostHaveDefaults) {
  EXPECT_EQ(parsed("amqp://h").port, 5672);
  EXPECT_EQ(parsed("amqps://h").port, 5671);
  EXPECT_EQ(parsed("amqp://h:").port, 5672);
  for (const char* url :
       {"amqp://h", "amqp://h/", "amqp://h?exchange=x", "amqp://h/?exchange=x", "amqp://h/%2f"}) {
    EXPECT_EQ(parsed(url).vhost, "/") << url;
  }
}

TEST(AmqpAddress, EverythingIsPercentDecoded) {
  const auto address = parsed(
      "amqp://a%40b:p%3Aa%2Fs%25s+w@h/v%2Fw?exchange=%C3%A9&routing_key=a%26b&queue_declare=x%20y");
  EXPECT_EQ(address.user, "a@b");
  EXPECT_EQ(address.password, "p:a/s%s+w");
  EXPECT_EQ(address.vhost, "v/w");
  EXPECT_EQ(address.exchange, "\xC3\xA9");
  EXPECT_EQ(address.routing_key, "a&b");
  EXPECT_EQ(address.queue_declare, "x y");
}

TEST(AmqpAddress, HostsMayBeAddresses) {
  EXPECT_EQ(parsed("amqp://[::1]:5000/v").host, "::1");
  EXPECT_EQ(parsed("amqp://[::1]:5000/v").port, 5000);
  EXPECT_EQ(parsed("amqp://[::1]").port, 5672);
  EXPECT_EQ(parsed("amqp://127.0.0.1:1").host, "127.0.0.1");
  EXPECT_EQ(parsed("amqp://u:p:q@h").password, "p:q");
}

TEST(AmqpAddress, OtherParametersAreLeftAlone) {
  EXPECT_EQ(parsed("amqp://h?heartbeat=20&&flag&exchange=x").exchange, "x");
}

TEST(AmqpAddress, SaysWhatIsWrongAndNeverThePassword) {
  const std::string long_name(256, 'k');
  const std::pair<std::string, const char*> cases[] = {
      {"http://h", "amqp://"},
      {"amqp://", "host"},
      {"amqp://:5672", "host"},
      {"amqp://u:hidden@", "host"},
      {"amqp://u:hidden%zz@h", "password"},
      {"amqp://u:hidden@h:0", "port"},
      {"amqp://u:hidden@h:65536", "port"},
      {"amqp://u:hidden@h:12x", "port"},
      {"amqp://u:hidden@[::1", "bracket"},
      {"amqp://u:hidden@[nonsense]", "IPv6"},
      {"amqp://u:hidden@[::1]x", "host"},
      {"amqp://u:hidden@ho st", "host"},
      {"amqp://u:hidden@h/%", "vhost"},
      {"amqp://u:hidden@h?exchange=%1", "exchange"},
      {"amqp://u:hidden@h?routing_key=" + long_name, "255"},
      {"amqp://u:hidden@h?dlq=d", "queue_declare"},
      {"amqp://u:hidden@h?queue_declare=q&dlq=q", "another queue"}};
  for (const auto& [url, named] : cases) {
    const auto address = parse_amqp_address(url);
    ASSERT_FALSE(address.has_value()) << url;
    EXPECT_THAT(address.error().detail, HasSubstr(named)) << url;
    EXPECT_THAT(address.error().detail, Not(HasSubstr("hidden"))) << url;
  }
}

TEST(AmqpAddress, TheEndpointComesFirstAsRoutingKey) {
  AmqpAddress address;
  address.queue_declare = "queue";
  EXPECT_EQ(address.routing_key_for("a.b"), "a.b");
  EXPECT_EQ(address.routing_key_for(""), "queue");
  address.exchange = "events";
  EXPECT_EQ(address.routing_key_for(""), "");
  address.routing_key = "key";
  EXPECT_EQ(address.routing_key_for(""), "key");
  EXPECT_EQ(address.routing_key_for("a.b"), "a.b");
}

}  // namespace
}  // namespace mih::core
