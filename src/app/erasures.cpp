#include "app/erasures.hpp"

#include <spdlog/spdlog.h>
#include <utility>

namespace mih::app {
namespace {

constexpr std::chrono::seconds kRetryWait{2};

}  // namespace

Erasures::Erasures(store::Writer& writer, store::PersonalData& store, const Clock& clock,
                   Erased erased)
    : writer_(writer), store_(store), clock_(clock), erased_(std::move(erased)), retrying_([this] {
        retry_loop();
      }) {}

Erasures::~Erasures() {
  stop();
  retrying_.join();
}

void Erasures::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
}

void Erasures::resume() {
  writer_.run([this](store::Store&) {
    const auto running = store_.running_erasures();
    if (!running) return spdlog::warn("erasures wait: {}", running.error().detail);
    for (const auto id : *running) {
      if (const auto erasure = store_.erasure(id); erasure && *erasure) {
        erased_((*erasure)->site, (*erasure)->user);  // the observer has learned from the store
      }
      step(id);
    }
  });
}

void Erasures::erase(std::string site, std::int64_t user, Answer<core::Erasure> answer) {
  writer_.run(
      [this, site = std::move(site), user, answer = std::move(answer)](store::Store&) mutable {
        auto begun = store_.begin_erasure(site, user, clock_.now().wall);
        if (begun) {
          erased_(site, user);
          step(begun->id);
        }
        answer(std::move(begun));
      });
}

void Erasures::find_erasure(std::int64_t id, Answer<std::optional<core::Erasure>> answer) {
  writer_.run([this, id, answer = std::move(answer)](store::Store&) mutable {
    answer(store_.erasure(id));
  });
}

void Erasures::step(std::int64_t id) {
  writer_.run([this, id](store::Store&) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
    }
    bool progress = false;
    const auto before = store_.erasure(id);
    const auto erasure = store_.step_erasure(id, clock_.now().wall, progress);
    if (!erasure) {
      spdlog::warn("erasure {} waits: {}", id, erasure.error().detail);
      return postpone(id);
    }
    if (!erasure->done) return progress ? step(id) : postpone(id);
    if (before && *before) erased_((*before)->site, (*before)->user);
  });
}

void Erasures::postpone(std::int64_t id) {
  {
    const std::lock_guard lock(mutex_);
    postponed_.insert(id);
  }
  changed_.notify_all();
}

void Erasures::retry_loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    changed_.wait(lock, [&] { return stopping_ || !postponed_.empty(); });
    changed_.wait_for(lock, kRetryWait, [&] { return stopping_; });
    if (stopping_) return;
    const auto ids = std::exchange(postponed_, {});
    lock.unlock();
    for (const auto id : ids)
      step(id);
    lock.lock();
  }
}

}  // namespace mih::app
