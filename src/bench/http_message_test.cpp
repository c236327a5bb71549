#include "bench/http_message.hpp"

#include <gtest/gtest.h>
#include <string>

namespace mih::bench {
namespace {

constexpr std::string_view kRequest =
    "POST /hook HTTP/1.1\r\nHost: x\r\nWebhook-Id:  d_abc \r\ncontent-LENGTH: 12\r\n\r\nhello "
    "world!";

TEST(ParseHead, ReadsWhatLoadToolsNeed) {
  MessageHead head;
  ASSERT_EQ(parse_head(kRequest, head), HeadState::kComplete);
  EXPECT_EQ(head.start_line, "POST /hook HTTP/1.1");
  EXPECT_EQ(head.webhook_id, "d_abc");
  EXPECT_TRUE(head.has_length);
  EXPECT_EQ(head.content_length, 12u);
  EXPECT_EQ(head.total(), kRequest.size());
  EXPECT_FALSE(head.closes);
  EXPECT_FALSE(head.chunked);
}

TEST(ParseHead, IsIncompleteUntilTheEmptyLine) {
  const auto head_size = kRequest.find("\r\n\r\n") + 4;
  for (std::size_t size = 0; size < head_size; ++size) {
    MessageHead head;
    EXPECT_EQ(parse_head(kRequest.substr(0, size), head), HeadState::kIncomplete) << size;
  }
}

TEST(ParseHead, SeesCloseAndChunked) {
  MessageHead head;
  ASSERT_EQ(parse_head("A B C\r\nConnection: Close\r\nTransfer-Encoding: chunked\r\n\r\n", head),
            HeadState::kComplete);
  EXPECT_TRUE(head.closes);
  EXPECT_TRUE(head.chunked);
}

TEST(ParseHead, RefusesNonsense) {
  MessageHead head;
  EXPECT_EQ(parse_head("A B C\r\nno colon\r\n\r\n", head), HeadState::kMalformed);
  EXPECT_EQ(parse_head("A B C\r\n: no name\r\n\r\n", head), HeadState::kMalformed);
  EXPECT_EQ(parse_head("A B C\r\nContent-Length: -1\r\n\r\n", head), HeadState::kMalformed);
  EXPECT_EQ(parse_head("A B C\r\nContent-Length: 1x\r\n\r\n", head), HeadState::kMalformed);
  EXPECT_EQ(parse_head("\r\n\r\n", head), HeadState::kMalformed);
  EXPECT_EQ(parse_head(std::string(kMaxHeadBytes, 'a'), head), HeadState::kMalformed);
}

TEST(StatusOf, ReadsThreeDigits) {
  EXPECT_EQ(status_of("HTTP/1.1 202 Accepted"), 202);
  EXPECT_EQ(status_of("HTTP/1.1 503"), 503);
  EXPECT_EQ(status_of("HTTP/1.1 50"), 0);
  EXPECT_EQ(status_of("HTTP/1.1 abc"), 0);
  EXPECT_EQ(status_of("SSH-2.0-OpenSSH"), 0);
}

}  // namespace
}  // namespace mih::bench
