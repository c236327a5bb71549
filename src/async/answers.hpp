#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "async/task.hpp"
#include "base/error.hpp"

namespace mih::async {

/// Lets coroutines of one io_context wait for callbacks that come on any thread, at the cost of one
/// post each. Its own functions are called on the thread of the io_context, or while that does not
/// run. Callbacks may outlive it: late ones do nothing.
class Answers {
  class Waiter;
  template <class T>
  class WaiterFor;

 public:
  /// What wait() hands out: to be called once, on any thread. Destroyed without a call it answers
  /// kInternal, so that nobody waits for ever.
  template <class T>
  class Callback {
   public:
    explicit Callback(std::shared_ptr<WaiterFor<T>> waiter) : waiter_(std::move(waiter)) {}
    Callback(Callback&&) noexcept = default;
    Callback& operator=(Callback&&) = delete;
    // Without memory to answer, the end of the process is the only other way not to wait for ever.
    // NOLINTNEXTLINE(bugprone-exception-escape)
    ~Callback() {
      if (waiter_) deliver(fail(ErrorCode::kInternal, "a request was dropped without an answer"));
    }
    void operator()(Result<T> result) { deliver(std::move(result)); }

   private:
    void deliver(Result<T> result) {
      const auto waiter = std::exchange(waiter_, nullptr);
      WaiterFor<T>::deliver(waiter, std::move(result));
    }

    std::shared_ptr<WaiterFor<T>> waiter_;
  };

  explicit Answers(asio::io_context& context) : context_(context) {}
  ~Answers() { abandon(); }
  Answers(const Answers&) = delete;
  Answers& operator=(const Answers&) = delete;

  /// Calls start(Callback<T>) and waits for the callback's result. What start throws is thrown
  /// here.
  template <class T, class Start>
  Task<Result<T>> wait(Start start) {
    std::exception_ptr thrown;
    auto result =
        co_await asio::async_initiate<const asio::use_awaitable_t<Executor>, void(Result<T>)>(
            [&](auto handler) {
              auto waiter = std::make_shared<WaiterFor<T>>(*this, std::move(handler));
              link(*waiter);
              try {
                start(Callback<T>{std::move(waiter)});
              } catch (...) {
                thrown = std::current_exception();  // the dropped callback resumes this coroutine
              }
            },
            use_task);
    if (thrown) std::rethrow_exception(thrown);
    co_return result;
  }

  /// Gives up all coroutines that wait; they are unwound by the io_context. For the end, when its
  /// thread does not run any more.
  void abandon();

  std::size_t waiting() const { return count_; }

 private:
  /// One coroutine that waits. Linked by the io thread only; `mutex` guards against an answer that
  /// comes while the io_context goes away.
  class Waiter {
   public:
    explicit Waiter(Answers& owner) : context_(owner.context_), owner_(&owner) {}
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    virtual ~Waiter() = default;

   protected:
    friend class Answers;
    virtual void drop() = 0;

    std::mutex mutex_;
    asio::io_context& context_;
    Answers* owner_;  ///< null once given up
    Waiter* before_ = nullptr;
    Waiter* after_ = nullptr;
  };

  template <class T>
  class WaiterFor final : public Waiter {
   public:
    template <class Handler>
    WaiterFor(Answers& owner, Handler&& handler)
        : Waiter(owner), resume_(std::forward<Handler>(handler)) {}

    static void deliver(const std::shared_ptr<WaiterFor>& waiter, Result<T> result) {
      const std::scoped_lock lock(waiter->mutex_);
      if (!waiter->owner_ || waiter->result_) return;
      waiter->result_ = std::move(result);
      asio::post(waiter->context_, [waiter] { waiter->finish(); });
    }

   private:
    void finish() {
      if (!owner_) return;
      owner_->unlink(*this);
      auto resume = std::move(resume_);
      resume(std::move(*result_));
    }
    void drop() override { resume_ = nullptr; }

    std::move_only_function<void(Result<T>)> resume_;
    std::optional<Result<T>> result_;
  };

  void link(Waiter& waiter);
  void unlink(Waiter& waiter);

  asio::io_context& context_;
  Waiter* first_ = nullptr;
  std::size_t count_ = 0;
};

}  // namespace mih::async
