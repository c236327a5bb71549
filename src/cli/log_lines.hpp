#pragma once

#include "config/config.hpp"

namespace mih::cli {

/// Sends the program's log to stderr: text on a terminal, one JSON object a line otherwise, or as
/// the configuration says.
void set_up_log(const config::Config& config);

}  // namespace mih::cli
