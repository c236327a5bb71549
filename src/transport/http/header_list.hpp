#pragma once

#include <curl/curl.h>
#include <string>
#include <string_view>
#include <vector>

namespace mih::transport {

/// Request headers in the form libcurl reads them; keeps its memory from call to call.
class HeaderList {
 public:
  void clear() { used_ = 0; }

  /// False if name or value cannot be in a header (RFC 9110, 5.1 and 5.5): line breaks and other
  /// control characters never get onto the wire.
  bool add(std::string_view name, std::string_view value);
  /// Keeps libcurl from adding this header by itself.
  void suppress(std::string_view name);

  bool has(std::string_view name) const;

  /// Valid until the list is changed.
  curl_slist* list();

 private:
  std::string& next_line();

  std::vector<std::string> lines_;
  std::vector<curl_slist> nodes_;
  std::size_t used_ = 0;
};

}  // namespace mih::transport
