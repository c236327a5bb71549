#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "api/gate.hpp"
#include "base/error.hpp"

namespace mih::api {

/// A listening socket, owned.
struct ListeningSocket {
  int handle = -1;
  int family = 0;
  std::uint16_t port = 0;        ///< TCP: the one really taken
  std::filesystem::path path{};  ///< Unix: removed at the end

  ListeningSocket() = default;
  ListeningSocket(ListeningSocket&& other) noexcept;
  ListeningSocket& operator=(ListeningSocket&&) = delete;
  ~ListeningSocket();
  /// Hands the handle over; the path stays.
  int release();
};

/// "HOST:PORT" or "[ADDRESS]:PORT" taken apart.
struct Address {
  std::string host;
  std::string port;
};
Result<Address> parse_address(std::string_view address);

/// Listens on "HOST:PORT"; port 0 takes a free one. kConfigInvalid.
Result<ListeningSocket> listen_tcp(std::string_view address);

/// Listens on a Unix socket. A socket that nobody listens on any more is replaced. `group` is the
/// name of the group that gets the file, "" leaves it. kConfigInvalid.
Result<ListeningSocket> listen_unix(const std::filesystem::path& path, unsigned mode,
                                    const std::string& group);

/// What the system knows about the other end of a connection that was just accepted.
Peer identify_peer(int handle, Door door);

/// Switches off delays for small answers.
void prepare_connection(int handle, Door door);

}  // namespace mih::api
