#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mih::cli {

/// One thing that `mih doctor` has looked at.
struct Finding {
  enum class State : std::uint8_t { kOk, kWarning, kProblem };
  State state = State::kOk;
  std::string check;   ///< what was looked at, in a word or two
  std::string says;    ///< what was seen
  std::string advice;  ///< what to do; "" when all is well
};

std::string_view name_of(Finding::State state);

/// All of them, in the order in which they were looked at.
class Findings {
 public:
  void ok(std::string check, std::string says);
  void warn(std::string check, std::string says, std::string advice);
  void problem(std::string check, std::string says, std::string advice);

  const std::vector<Finding>& all() const { return all_; }
  /// The worst of all.
  Finding::State state() const;

  std::string as_json() const;
  /// One line each, and what to do below it.
  std::string as_text() const;

 private:
  std::vector<Finding> all_;
};

}  // namespace mih::cli
