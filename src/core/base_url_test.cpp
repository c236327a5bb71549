#include "core/base_url.hpp"

#include <gtest/gtest.h>

namespace mih::core {
namespace {

TEST(BaseUrl, ValuesOfAQueryAreMasked) {
  EXPECT_EQ(with_masked_query("https://h/x?key=s3cret&v=1#part"),
            "https://h/x?key=********&v=********#part");
  EXPECT_EQ(with_masked_query("https://h/x?s3cret"), "https://h/x?********");
  EXPECT_EQ(with_masked_query("https://h/x?a=&&b=1"), "https://h/x?a=&&b=********");
  EXPECT_EQ(with_masked_query("https://h/x?WSDL&k=1"), "https://h/x?WSDL&k=********");
  EXPECT_EQ(with_masked_query("https://h/x"), "https://h/x");
  EXPECT_EQ(with_masked_query("https://h/x?"), "https://h/x?");
}

TEST(BaseUrl, UsersAndQueriesMayHoldSecrets) {
  for (const auto* url : {"https://u:p@h/", "https://token@h/", "https://h/?key=a", "amqp://u:p@h"})
    EXPECT_TRUE(may_hold_secret(url)) << url;
  for (const auto* url : {"", "https://h/x", "https://h/x#part", "amqp://h/?exchange=x"})
    EXPECT_FALSE(may_hold_secret(url)) << url;
}

TEST(BaseUrl, WhatIsKeptOfAnAddressHasNoneOfItsSecrets) {
  const std::string base = "https://u:p@h/v1?key=s3cret";
  const std::string url = "https://u:p@h/v1/contacts?key=s3cret&page=2";
  const std::string kept = "https://h/v1/contacts?key=********&page=2";
  EXPECT_EQ(without_secrets_of(base, url), kept);
  EXPECT_EQ(with_secrets_of(base, kept), url);
  EXPECT_EQ(with_secrets_of("https://u:q@h/v1?key=new", kept),
            "https://u:q@h/v1/contacts?key=new&page=2");
}

TEST(BaseUrl, AnotherAddressGetsNoneOfThem) {
  const std::string kept = "https://h/v1?key=********";
  EXPECT_EQ(with_secrets_of("https://u:p@h.evil/v1?key=s3cret", kept), kept);
  EXPECT_EQ(with_secrets_of("http://u:p@h/v1?key=s3cret", kept), kept);
  EXPECT_EQ(with_secrets_of("https://h/v1?other=s3cret", kept), kept);
  EXPECT_EQ(with_secrets_of("https://h/v1?key=s3cret&b=1", kept), kept);
}

TEST(BaseUrl, WhatIsNoUrlStaysAsItIs) {
  const std::string broker = "amqp://u:p@h/?exchange=x";
  EXPECT_EQ(without_secrets_of(broker, "a.routing.key"), "a.routing.key");
  EXPECT_EQ(with_secrets_of(broker, "a.routing.key"), "a.routing.key");
  EXPECT_EQ(without_secrets_of("", "https://u:p@h/x?key=a"), "https://h/x?key=a");
}

}  // namespace
}  // namespace mih::core
