#pragma once

#include <optional>
#include <string>

namespace mih::bench {

struct DemoOptions {
  std::optional<int> seconds;          ///< none: until Ctrl-C
  double rate = 200;                   ///< events a second
  std::string listen = "127.0.0.1:0";  ///< of the hub; port 0 takes a free one
};

/// A throwaway hub, a receiver, a service and a rule, recorded Moodle events at a steady rate, and
/// a spell in which the receiver fails. Prints to standard output; the exit code is 0 only if every
/// acknowledged event arrived and all counts agree.
int run_demo(const DemoOptions& options);

}  // namespace mih::bench
