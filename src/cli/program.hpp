#pragma once

#include <string>
#include <vector>

#include "base/error.hpp"

namespace mih::cli {

struct Finished {
  int code = 0;
  std::string output;  ///< what it wrote to standard output
};

/// Runs a program of the search path to its end; what it writes to standard error is shown. The
/// first argument is the program.
Result<Finished> run_program(const std::vector<std::string>& arguments, const std::string& input);

}  // namespace mih::cli
