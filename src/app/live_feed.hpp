#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include "api/live.hpp"
#include "base/time.hpp"
#include "core/delivery.hpp"
#include "engine/alerts.hpp"
#include "engine/catalog.hpp"
#include "store/store.hpp"

namespace mih::app {

/// The one place that tells what happens: commits and alerts go in, messages without personal data
/// come out. May be used from any thread; while nobody listens it costs one look at a flag.
class LiveFeed {
 public:
  using Catalog = std::function<std::shared_ptr<const engine::Catalog>()>;

  /// Of one kind and second; what is beyond is not told, the counters have it all the same.
  static constexpr int kMostPerSecond = 100;

  explicit LiveFeed(Catalog catalog) : catalog_(std::move(catalog)) {}

  /// The sink before is not called any more when it returns.
  void listen(api::LiveSink sink);

  /// What has just become durable.
  void on_commit(const store::Batch& batch);
  void on_alert(const engine::AlertChange& change, WallTime now);

 private:
  void tell_events(const store::Batch& batch);
  void tell_circuits(const store::Batch& batch);
  void tell_letter(const core::DeadLetter& letter, WallTime now);
  /// Whether one more of this kind may be told in this second.
  bool may_tell(api::LiveKind kind, WallTime now);

  Catalog catalog_;
  std::atomic<bool> heard_ = false;
  std::mutex mutex_;  ///< guards what follows
  api::LiveSink sink_;
  std::array<int, 5> told_{};  ///< by kind, in this second
  std::int64_t second_ = 0;
};

}  // namespace mih::app
