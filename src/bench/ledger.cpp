#include "bench/ledger.hpp"

#include <algorithm>

namespace mih::bench {

void Ledger::expect(IdHash delivery, SteadyTime sent) {
  Entry& entry = entries_[delivery];
  if (entry.is_expected) return;
  entry.is_expected = true;
  entry.sent = sent;
  ++balance_.expected;
  if (!entry.has_arrived) return;
  --balance_.unexpected;
  complete(entry);
}

void Ledger::arrived(std::span<const Arrival> arrivals) {
  for (const Arrival& arrival : arrivals) {
    Entry& entry = entries_[arrival.id];
    if (entry.has_arrived) {
      ++balance_.repeats;
      continue;
    }
    entry.has_arrived = true;
    entry.arrived = arrival.time;
    if (entry.is_expected)
      complete(entry);
    else
      ++balance_.unexpected;
  }
}

void Ledger::complete(const Entry& entry) {
  ++balance_.received;
  latencies_.push_back(entry.arrived - entry.sent);
}

std::vector<std::chrono::nanoseconds> Ledger::take_latencies() {
  std::vector<std::chrono::nanoseconds> taken;
  taken.swap(latencies_);
  return taken;
}

Percentiles percentiles(std::vector<std::chrono::nanoseconds> samples) {
  Percentiles result;
  result.count = samples.size();
  if (samples.empty()) return result;
  std::ranges::sort(samples);
  const auto rank = [&](std::size_t percent) {
    return samples[(samples.size() * percent + 99) / 100 - 1];
  };
  result.p50 = rank(50);
  result.p99 = rank(99);
  result.max = samples.back();
  return result;
}

}  // namespace mih::bench
