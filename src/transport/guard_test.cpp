#include "transport/guard.hpp"

#include <gmock/gmock.h>

namespace mih::transport {
namespace {

using ::testing::HasSubstr;

IpAddress ip(std::string_view text) {
  return parse_ip(text).value();
}

Guard allowing(std::vector<std::string> entries) {
  return Guard::parse(entries).value();
}

struct Case {
  AddressKind kind;
  std::vector<std::string_view> addresses;
};

TEST(Guard, ClassifiesEveryKindAtItsEdges) {
  const std::vector<Case> cases{
      {AddressKind::kPublic,
       {"1.1.1.1",        "8.8.8.8",         "9.255.255.255",   "11.0.0.0",        "100.63.255.255",
        "100.128.0.0",    "126.255.255.255", "128.0.0.0",       "169.253.255.255", "169.255.0.0",
        "172.15.255.255", "172.32.0.0",      "192.167.255.255", "192.169.0.0",     "198.17.255.255",
        "198.20.0.0",     "223.255.255.255", "2606:4700::1111", "2a00:1450::1",    "2001:200::1",
        "2003::1"}},
      {AddressKind::kUnspecified, {"0.0.0.0", "::"}},
      {AddressKind::kLoopback, {"127.0.0.1", "127.255.255.255", "127.0.0.0", "::1"}},
      {AddressKind::kPrivate,
       {"10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.0",
        "192.168.255.255", "100.64.0.0", "100.127.255.255", "fc00::1", "fd12:3456::1",
        "fdff:ffff::1", "fec0::1"}},
      {AddressKind::kLinkLocal, {"169.254.0.1", "169.254.255.255", "fe80::1", "febf::1"}},
      {AddressKind::kMetadata,
       {"169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16", "192.0.0.192",
        "fd00:ec2::254", "fd20:ce::254"}},
      {AddressKind::kMulticast, {"224.0.0.1", "239.255.255.255", "ff02::1", "ffff::1"}},
      {AddressKind::kEmbedsV4,
       {"::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "::2", "::ffff:0:127.0.0.1",
        "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::7f00:1", "2002:7f00:1::", "2002:808::1",
        "2001::1", "2001:0:4136:e378::1", "2001:4860:0:1::5efe:a00:1", "2003::200:5efe:a00:1"}},
      {AddressKind::kReserved,
       {"0.0.0.1",         "0.255.255.255",  "192.0.0.1",    "192.0.2.1",   "192.88.99.1",
        "198.18.0.1",      "198.19.255.255", "198.51.100.1", "203.0.113.1", "240.0.0.1",
        "255.255.255.255", "2001:db8::1",    "2001:10::1",   "2001:20::1",  "3fff::1",
        "100::1",          "4000::1",        "5f00::1",      "fe00::1",     "1::1"}},
  };
  for (const Case& expected : cases) {
    for (const std::string_view address : expected.addresses) {
      EXPECT_EQ(classify(ip(address)), expected.kind)
          << address << " is " << describe(classify(ip(address)));
    }
  }
}

TEST(Guard, AllowsPublicAddressesOnlyByDefault) {
  const Guard guard;
  EXPECT_TRUE(guard.allows("example.org", ip("93.184.216.34")));
  for (const char* address : {"127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fe80::1",
                              "::ffff:10.0.0.1", "0.0.0.0", "2002:a00:1::"}) {
    EXPECT_FALSE(guard.allows("example.org", ip(address))) << address;
  }
}

TEST(Guard, NetworksAllowWhatTheyContainAndNothingElse) {
  const Guard guard = allowing({"127.0.0.0/8", "10.1.0.0/16", "fd00::/8", "192.168.1.5"});
  EXPECT_TRUE(guard.allows("x", ip("127.0.0.1")));
  EXPECT_TRUE(guard.allows("x", ip("10.1.255.255")));
  EXPECT_FALSE(guard.allows("x", ip("10.2.0.0")));
  EXPECT_TRUE(guard.allows("x", ip("fd00::1")));
  EXPECT_FALSE(guard.allows("x", ip("fc00::1")));
  EXPECT_TRUE(guard.allows("x", ip("192.168.1.5")));
  EXPECT_FALSE(guard.allows("x", ip("192.168.1.6")));
  EXPECT_FALSE(guard.allows("x", ip("::1")));
}

TEST(Guard, AMappedAddressIsTheAddressThatIsDialled) {
  EXPECT_TRUE(allowing({"127.0.0.0/8"}).allows("x", ip("::ffff:127.0.0.1")));
  EXPECT_FALSE(allowing({"127.0.0.0/8"}).allows("x", ip("::ffff:10.0.0.1")));
}

TEST(Guard, TunnelsAreNotAllowedByTheAddressInsideThem) {
  const Guard guard = allowing({"127.0.0.0/8", "0.0.0.0/0"});
  for (const char* address : {"64:ff9b::7f00:1", "2002:7f00:1::", "::127.0.0.1"}) {
    EXPECT_FALSE(guard.allows("x", ip(address))) << address;
  }
  EXPECT_TRUE(allowing({"64:ff9b::/96"}).allows("x", ip("64:ff9b::7f00:1")));
}

TEST(Guard, AnAllowedNameAllowsWhatItLeadsTo) {
  const Guard guard = allowing({"Intranet.Example", "localhost"});
  EXPECT_TRUE(guard.allows("intranet.example", ip("10.0.0.1")));
  EXPECT_TRUE(guard.allows("INTRANET.EXAMPLE.", ip("10.0.0.1")));
  EXPECT_TRUE(guard.allows("localhost", ip("::1")));
  EXPECT_FALSE(guard.allows("evil.intranet.example", ip("10.0.0.1")));
  EXPECT_FALSE(guard.allows("intranet.example.evil", ip("10.0.0.1")));
  EXPECT_FALSE(guard.allows("127.0.0.1", ip("127.0.0.1")));
}

TEST(Guard, RefusesBadEntries) {
  for (const char* entry : {"10.0.0.0/33", "http://x", "", "a b", "*.example", "10.0.0"}) {
    const auto guard = Guard::parse(std::vector<std::string>{entry});
    ASSERT_FALSE(guard.has_value()) << entry;
    EXPECT_EQ(guard.error().code, ErrorCode::kConfigInvalid);
    EXPECT_THAT(guard.error().detail, HasSubstr("allowed_private"));
  }
}

TEST(Guard, TheRefusalSaysHowToAllowIt) {
  const std::string text = Guard::refusal("localhost", ip("127.0.0.1"));
  EXPECT_EQ(text,
            "localhost (127.0.0.1) is a loopback address and may not be reached; to allow it, add "
            "127.0.0.1 or its network to allowed_private (MIH_ALLOWED_PRIVATE)");
  EXPECT_THAT(Guard::refusal("[::1]", ip("::1")), ::testing::StartsWith("::1 is a loopback"));
}

}  // namespace
}  // namespace mih::transport
