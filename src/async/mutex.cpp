#include "async/mutex.hpp"

#include <boost/asio/post.hpp>

namespace mih::async {

Task<Mutex::Lock> Mutex::lock() {
  if (locked_) {
    co_await asio::async_initiate<const asio::use_awaitable_t<Executor>, void()>(
        [this](auto handler) { waiting_.emplace_back(std::move(handler)); }, use_task);
  }
  locked_ = true;
  co_return Lock{*this};
}

void Mutex::release() {
  if (waiting_.empty()) {
    locked_ = false;
    return;
  }
  auto next = std::move(waiting_.front());
  waiting_.pop_front();
  asio::post(context_, std::move(next));
}

}  // namespace mih::async
