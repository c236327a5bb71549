#include "base/crash_point.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <csignal>
#include <fmt/format.h>
#include <unistd.h>

namespace mih {
namespace {

std::atomic<int> passes_left = 1;

std::unexpected<Error> refused(std::string_view text, std::string_view fault) {
  return fail(
      ErrorCode::kConfigInvalid,
      fmt::format("MIH_CRASH_AT={}: {}; this variable is for tests, unset it", text, fault));
}

}  // namespace

Result<void> arm_crash_point(std::string_view name_and_pass) {
  const auto colon = name_and_pass.find(':');
  const auto name = name_and_pass.substr(0, colon);
  int pass = 1;
  if (colon != std::string_view::npos) {
    const auto digits = name_and_pass.substr(colon + 1);
    const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), pass);
    if (fault != std::errc{} || end != digits.data() + digits.size() || pass < 1) {
      return refused(name_and_pass, "the pass must be a number from 1");
    }
  }
  const auto found = std::ranges::find(kCrashPoints, name, &NamedCrashPoint::name);
  if (found == kCrashPoints.end()) return refused(name_and_pass, "there is no such place");
  passes_left = pass;
  armed_crash_point = found->point;
  return {};
}

void pass_armed_crash_point() {
  if (--passes_left == 0) ::kill(::getpid(), SIGKILL);
}

}  // namespace mih
