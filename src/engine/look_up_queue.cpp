#include "engine/look_up_queue.hpp"

#include <utility>

namespace mih::engine {
namespace {

using Ids = std::set<std::int64_t>;

void gather(const Ids& wanted, Ids& call) {
  for (const auto id : wanted) {
    if (call.size() >= LookUpQueue::kMostIds) return;
    call.insert(id);
  }
}

/// Moves the ids of the call from `wanted` to `found`.
void settle(const Ids& call, const core::LookedUp::Found& answer, Ids& wanted,
            core::LookedUp::Found& found) {
  std::erase_if(wanted, [&](std::int64_t id) {
    if (!call.contains(id)) return false;
    const auto known = answer.find(id);
    found.emplace(id, known == answer.end() ? std::nullopt : known->second);
    return true;
  });
}

}  // namespace

void LookUpQueue::add(Ticket ticket, const core::LookUp& wanted) {
  waiting_.emplace(ticket, Waiting{.users = {wanted.users.begin(), wanted.users.end()},
                                   .courses = {wanted.courses.begin(), wanted.courses.end()},
                                   .found = {}});
}

std::optional<core::LookUp> LookUpQueue::start() {
  if (under_way_ || waiting_.empty()) return std::nullopt;
  for (const auto& [ticket, waiting] : waiting_) {
    gather(waiting.users, users_);
    gather(waiting.courses, courses_);
  }
  under_way_ = true;
  return core::LookUp{{users_.begin(), users_.end()}, {courses_.begin(), courses_.end()}};
}

LookUpQueue::Answered LookUpQueue::succeeded(const core::LookedUp& answer) {
  Answered answered;
  for (auto& [ticket, waiting] : waiting_) {
    settle(users_, answer.users, waiting.users, waiting.found.users);
    settle(courses_, answer.courses, waiting.courses, waiting.found.courses);
    if (waiting.users.empty() && waiting.courses.empty()) {
      answered.emplace_back(ticket, std::move(waiting.found));
    }
  }
  for (const auto& [ticket, found] : answered)
    waiting_.erase(ticket);
  users_.clear();
  courses_.clear();
  under_way_ = false;
  return answered;
}

std::vector<LookUpQueue::Ticket> LookUpQueue::failed() {
  std::vector<Ticket> tickets;
  for (const auto& [ticket, waiting] : waiting_)
    tickets.push_back(ticket);
  waiting_.clear();
  users_.clear();
  courses_.clear();
  under_way_ = false;
  return tickets;
}

}  // namespace mih::engine
