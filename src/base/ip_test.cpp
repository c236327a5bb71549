#include "base/ip.hpp"

#include <gtest/gtest.h>

namespace mih {
namespace {

TEST(Ip, ReadsAndWritesBothFamilies) {
  EXPECT_EQ(to_text(parse_ip("127.0.0.1").value()), "127.0.0.1");
  EXPECT_EQ(to_text(parse_ip("2001:DB8:0:0::1").value()), "2001:db8::1");
  EXPECT_TRUE(parse_ip("::ffff:10.0.0.1").has_value());
}

TEST(Ip, RefusesWhatOnlyLooksLikeAnAddress) {
  for (const char* text : {"", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "0x7f.0.0.1", "1.2.3.4/8",
                           "[::1]", "fe80::1%eth0", ":::", "localhost", " 127.0.0.1"}) {
    EXPECT_FALSE(parse_ip(text).has_value()) << text;
  }
  EXPECT_FALSE(parse_ip(std::string_view("127.0.0.1\0.example", 18)).has_value());
}

TEST(Ip, NetworkContainsUpToItsLastBit) {
  const IpNetwork network = parse_network("172.16.0.0/12").value();
  EXPECT_TRUE(network.contains(parse_ip("172.16.0.0").value()));
  EXPECT_TRUE(network.contains(parse_ip("172.31.255.255").value()));
  EXPECT_FALSE(network.contains(parse_ip("172.32.0.0").value()));
  EXPECT_FALSE(network.contains(parse_ip("172.15.255.255").value()));
}

TEST(Ip, NetworkOfOneAddressAndOfAll) {
  EXPECT_TRUE(parse_network("10.1.2.3").value().contains(parse_ip("10.1.2.3").value()));
  EXPECT_FALSE(parse_network("10.1.2.3").value().contains(parse_ip("10.1.2.4").value()));
  EXPECT_TRUE(parse_network("0.0.0.0/0").value().contains(parse_ip("8.8.8.8").value()));
  EXPECT_TRUE(parse_network("fc00::/7").value().contains(parse_ip("fd12::1").value()));
  EXPECT_TRUE(parse_network("::1/128").value().contains(parse_ip("::1").value()));
}

TEST(Ip, FamiliesDoNotMix) {
  EXPECT_FALSE(parse_network("0.0.0.0/0").value().contains(parse_ip("::1").value()));
  EXPECT_FALSE(parse_network("::/0").value().contains(parse_ip("127.0.0.1").value()));
}

TEST(Ip, RefusesBadPrefixes) {
  for (const char* text : {"10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "::/129",
                           "host/8", "10.0.0.0/8/8", "/8"}) {
    EXPECT_FALSE(parse_network(text).has_value()) << text;
  }
}

TEST(Ip, HostNames) {
  for (const char* text : {"localhost", "intranet.example", "a_b.c-d.example", "x1"}) {
    EXPECT_TRUE(is_host_name(text)) << text;
  }
  for (const char* text : {"", ".", "a..b", "a.", "a b", "a/b", "a:80", "[::1]", "*.example",
                           "10.0.0", "256.1.1.1", "a.1"}) {
    EXPECT_FALSE(is_host_name(text)) << text;
  }
  EXPECT_FALSE(is_host_name(std::string(64, 'a')));
}

}  // namespace
}  // namespace mih
