#pragma once

#include <cstdint>
#include <string>

#include "api/http.hpp"

namespace mih::api {

/// What becomes of the connection after a response.
enum class AfterThis : std::uint8_t {
  kStays,
  kStaysAndSaysSo,  ///< to a client of HTTP/1.0, which does not assume it
  kCloses,
};

/// Makes `out` the status line and header of a response, with the empty line.
void compose_head(std::string& out, const Response& response, AfterThis after);

}  // namespace mih::api
