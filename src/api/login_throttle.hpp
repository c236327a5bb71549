#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/time.hpp"

namespace mih::api {

/// Slows the guessing of passwords: after a few failures for an account, or from an address, each
/// further one makes the next wait longer. An account waits less than an address, so that a
/// stranger who keeps failing cannot keep its owner out for long. Names that do not exist are
/// treated alike. Used on one thread.
class LoginThrottle {
 public:
  /// How long a login with this name from this address has to wait; 0: not at all.
  std::chrono::seconds wait_for(std::string_view account, std::string_view address,
                                SteadyTime now) const;
  void failed(std::string_view account, std::string_view address, SteadyTime now);
  /// Forgets the failures of the account and of the address.
  void succeeded(std::string_view account, std::string_view address);

  static constexpr int kFree = 5;  ///< failures without consequences
  static constexpr std::chrono::seconds kLongestForAccount{60};
  static constexpr std::chrono::seconds kLongestForAddress{900};
  static constexpr std::chrono::hours kForgottenAfter{1};
  static constexpr std::size_t kMost = 10'000;  ///< of each kind

 private:
  struct Failures {
    int count = 0;
    SteadyTime last{};
  };
  using Table = std::unordered_map<std::string, Failures>;

  static std::chrono::seconds wait_of(const Table& table, std::string_view name,
                                      std::chrono::seconds longest, SteadyTime now);
  static void note(Table& table, std::string_view name, SteadyTime now);

  Table accounts_;
  Table addresses_;
};

}  // namespace mih::api
