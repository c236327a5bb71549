#include "async/answers.hpp"

namespace mih::async {

void Answers::link(Waiter& waiter) {
  waiter.after_ = first_;
  if (first_) first_->before_ = &waiter;
  first_ = &waiter;
  ++count_;
}

void Answers::unlink(Waiter& waiter) {
  if (waiter.before_)
    waiter.before_->after_ = waiter.after_;
  else
    first_ = waiter.after_;
  if (waiter.after_) waiter.after_->before_ = waiter.before_;
  waiter.before_ = waiter.after_ = nullptr;
  --count_;
}

void Answers::abandon() {
  while (first_) {
    Waiter& waiter = *first_;
    unlink(waiter);
    const std::scoped_lock lock(waiter.mutex_);
    waiter.owner_ = nullptr;
    waiter.drop();
  }
}

}  // namespace mih::async
