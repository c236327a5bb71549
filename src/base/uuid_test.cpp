#include "base/uuid.hpp"

#include <gtest/gtest.h>
#include <regex>
#include <set>
#include <thread>

namespace mih {
namespace {

TEST(Uuid7, HasTheFormOfRfc9562) {
  const std::regex form{"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"};
  for (int i = 0; i < 1000; ++i) {
    const std::string id = make_uuid7(from_unix_ms(1'700'000'000'000 + i / 10));
    EXPECT_TRUE(std::regex_match(id, form)) << id;
  }
}

TEST(Uuid7, StartsWithTheTime) {
  // The example of RFC 9562, appendix A.6: 2022-02-22 14:22:22 GMT-05:00.
  EXPECT_EQ(make_uuid7(from_unix_ms(0x017F22E279B0)).substr(0, 13), "017f22e2-79b0");
}

TEST(Uuid7, IncreasesWithTimeAndWithinAMillisecond) {
  std::string last;
  for (int i = 0; i < 20000; ++i) {
    const std::string id = make_uuid7(from_unix_ms(1'700'000'000'000 + i / 5000));
    EXPECT_LT(last, id);
    last = id;
  }
}

TEST(Uuid7, DiffersBetweenThreads) {
  const auto take = [](std::vector<std::string>& ids) {
    for (int i = 0; i < 1000; ++i)
      ids.push_back(make_uuid7(from_unix_ms(1'700'000'000'000)));
  };
  std::vector<std::string> here;
  std::vector<std::string> there;
  std::thread other{[&] { take(there); }};
  take(here);
  other.join();
  std::set<std::string> all{here.begin(), here.end()};
  all.insert(there.begin(), there.end());
  EXPECT_EQ(all.size(), 2000U);
}

}  // namespace
}  // namespace mih
