#include "transport/http/retry_after.hpp"

#include <gmock/gmock.h>

namespace mih::transport {
namespace {

using std::chrono::seconds;
using ::testing::Optional;

const WallTime kNow = from_unix_ms(784'111'777'000);  // Sun, 06 Nov 1994 08:49:37 GMT

TEST(RetryAfter, Seconds) {
  EXPECT_THAT(parse_retry_after("120", kNow), Optional(seconds{120}));
  EXPECT_THAT(parse_retry_after(" 0 ", kNow), Optional(seconds{0}));
  EXPECT_THAT(parse_retry_after("99999999999999999999", kNow), Optional(seconds{2147483647}));
}

TEST(RetryAfter, TheThreeFormsOfAnHttpDate) {
  EXPECT_THAT(parse_retry_after("Sun, 06 Nov 1994 08:50:37 GMT", kNow), Optional(seconds{60}));
  EXPECT_THAT(parse_retry_after("Sunday, 06-Nov-94 08:50:37 GMT", kNow), Optional(seconds{60}));
  EXPECT_THAT(parse_retry_after("Sun Nov  6 08:50:37 1994", kNow), Optional(seconds{60}));
}

TEST(RetryAfter, ADateInThePastIsNow) {
  EXPECT_THAT(parse_retry_after("Sun, 06 Nov 1994 08:49:36 GMT", kNow), Optional(seconds{0}));
}

TEST(RetryAfter, AnythingElseIsNoValue) {
  for (const char* value :
       {"", " ", "soon", "-1", "1.5", "+3", "5 s", "12:00", "2024-02-18T12:22:19Z and more text",
        "Sun, 99 Nov 1994 08:49:37 GMT"}) {
    EXPECT_FALSE(parse_retry_after(value, kNow).has_value()) << value;
  }
}

}  // namespace
}  // namespace mih::transport
