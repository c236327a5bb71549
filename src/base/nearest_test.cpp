#include "base/nearest.hpp"

#include <array>
#include <gtest/gtest.h>
#include <string>

namespace mih {
namespace {

constexpr std::array<std::string_view, 3> kNames{"userid", "OrderDate", "qty"};

TEST(Nearest, FindsWhatIsSpelledAlike) {
  EXPECT_EQ(nearest("usreid", kNames), "userid");
  EXPECT_EQ(nearest("orderdate", kNames), "OrderDate");
  EXPECT_EQ(nearest("QTY", kNames), "qty");
}

TEST(Nearest, IsSilentAboutWhatIsNot) {
  EXPECT_EQ(nearest("courseid2024", kNames), "");
  EXPECT_EQ(nearest(std::string(65, 'q'), kNames), "");
  EXPECT_EQ(nearest("qty", {}), "");
}

}  // namespace
}  // namespace mih
