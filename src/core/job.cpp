#include "core/job.hpp"

#include <array>

namespace mih::core {
namespace {

constexpr std::array<std::string_view, 2> kKinds{"replay", "delete"};
/// One that is being prepared has not been shown to anybody.
constexpr std::array<std::string_view, 4> kStates{"running", "running", "done", "failed"};

}  // namespace

std::string_view name_of(JobKind kind) {
  return kKinds[static_cast<std::size_t>(kind)];
}

std::string_view name_of(JobState state) {
  return kStates[static_cast<std::size_t>(state)];
}

std::optional<ReplayMode> replay_mode_from(std::string_view name) {
  if (name == "current") return ReplayMode::kCurrent;
  if (name == "as_sent") return ReplayMode::kAsSent;
  return std::nullopt;
}

void Job::skip(DeadLetterId letter, std::string_view reason) {
  ++skipped;
  if (errors.size() >= kMaxErrors) return;
  errors.push_back("dead letter " + std::to_string(letter.value) + ": " + std::string{reason});
}

}  // namespace mih::core
