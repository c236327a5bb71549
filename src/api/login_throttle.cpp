#include "api/login_throttle.hpp"

#include <algorithm>

#include "api/network_of.hpp"

namespace mih::api {

std::chrono::seconds LoginThrottle::wait_of(const Table& table, std::string_view name,
                                            std::chrono::seconds longest, SteadyTime now) {
  const auto found = table.find(std::string(name));
  if (found == table.end() || found->second.count < kFree) return {};
  const int doublings = std::min(found->second.count - kFree, 20);
  const auto wait = std::min(std::chrono::seconds{1LL << doublings}, longest);
  const auto left = found->second.last + wait - now;
  return std::max(std::chrono::ceil<std::chrono::seconds>(left), std::chrono::seconds{0});
}

std::chrono::seconds LoginThrottle::wait_for(std::string_view account, std::string_view address,
                                             SteadyTime now) const {
  return std::max(wait_of(accounts_, account, kLongestForAccount, now),
                  wait_of(addresses_, network_of(address), kLongestForAddress, now));
}

void LoginThrottle::note(Table& table, std::string_view name, SteadyTime now) {
  if (table.size() >= kMost) {
    std::erase_if(table,
                  [&](const auto& item) { return now - item.second.last >= kForgottenAfter; });
  }
  if (table.size() >= kMost) {
    table.erase(
        std::ranges::min_element(table, {}, [](const auto& item) { return item.second.last; }));
  }
  auto& failures = table[std::string(name)];
  if (now - failures.last >= kForgottenAfter) failures.count = 0;
  ++failures.count;
  failures.last = now;
}

void LoginThrottle::failed(std::string_view account, std::string_view address, SteadyTime now) {
  note(accounts_, account, now);
  note(addresses_, network_of(address), now);
}

void LoginThrottle::succeeded(std::string_view account, std::string_view address) {
  accounts_.erase(std::string(account));
  addresses_.erase(network_of(address));
}

}  // namespace mih::api
