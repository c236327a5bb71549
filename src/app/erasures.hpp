#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "api/personal_data.hpp"
#include "base/time.hpp"
#include "store/personal_data.hpp"
#include "store/writer.hpp"

namespace mih::app {

/// Works off requests to erase what there is of a person, step by step on the writer's thread
/// between other work. One that waits for open deliveries is looked at again every few seconds;
/// what is left at the end is taken up at the next start.
class Erasures final : public api::PersonalData {
 public:
  /// Called when the data of a person begins to go, after a start while it still goes, and at its
  /// end, so that copies in memory go too.
  using Erased = std::function<void(const std::string& site, std::int64_t user)>;

  /// The references outlive it, and the writer's thread ends before it does.
  Erasures(store::Writer& writer, store::PersonalData& store, const Clock& clock, Erased erased);
  ~Erasures() override;
  Erasures(const Erasures&) = delete;
  Erasures& operator=(const Erasures&) = delete;

  void resume();
  /// No further step begins.
  void stop();

  void erase(std::string site, std::int64_t user, Answer<core::Erasure> answer) override;
  void find_erasure(std::int64_t id, Answer<std::optional<core::Erasure>> answer) override;

 private:
  void step(std::int64_t id);
  void postpone(std::int64_t id);
  void retry_loop();

  store::Writer& writer_;
  store::PersonalData& store_;
  const Clock& clock_;
  Erased erased_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::int64_t> postponed_;  // under mutex_
  bool stopping_ = false;             // under mutex_
  std::thread retrying_;              ///< last: it uses what is above
};

}  // namespace mih::app
