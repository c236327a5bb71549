#pragma once

#include <boost/asio/async_result.hpp>
#include <deque>
#include <functional>
#include <utility>

#include "async/task.hpp"

namespace mih::async {

/// Lets the coroutines of one io_context do something one after another, first come, first served.
/// Used on the thread of the io_context only. Outlives its locks.
class Mutex {
 public:
  class [[nodiscard]] Lock {
   public:
    Lock(Lock&& other) noexcept : mutex_(std::exchange(other.mutex_, nullptr)) {}
    Lock& operator=(Lock&&) = delete;
    // Without memory to resume the next one, nothing would ever be changed again: better to end.
    // NOLINTNEXTLINE(bugprone-exception-escape)
    ~Lock() {
      if (mutex_) mutex_->release();
    }

   private:
    friend class Mutex;
    explicit Lock(Mutex& mutex) : mutex_(&mutex) {}
    Mutex* mutex_;
  };

  explicit Mutex(asio::io_context& context) : context_(context) {}
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  Task<Lock> lock();
  /// Gives up those who wait; they are unwound by the io_context. For the end.
  void abandon() { waiting_.clear(); }

 private:
  void release();

  asio::io_context& context_;
  std::deque<std::move_only_function<void()>> waiting_;
  bool locked_ = false;
};

}  // namespace mih::async
