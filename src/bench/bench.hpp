#pragma once

#include <span>
#include <string>

namespace mih::bench {

/// `mih bench ...`: the arguments behind "bench". Prints the result, or keeps it with --out. Exit
/// codes: 0; 1 the measurement failed or lost something; 2 usage or not a release build.
int run_bench(std::span<const std::string> args);

}  // namespace mih::bench
