#pragma once

#include <cstddef>
#include <istream>
#include <optional>
#include <string>
#include <string_view>

namespace mih::cli {

/// A file of events, cut into requests that the API takes. One JSON object or array goes as it is;
/// NDJSON is read line by line and sent in batches, so that a file may be of any size.
class EventBatches {
 public:
  struct Batch {
    std::string body;
    std::string_view content_type;
    std::size_t first = 0;  ///< position of its first event in the file, from 0
  };

  explicit EventBatches(std::istream& in) : in_(in) {}

  /// Empty at the end.
  std::optional<Batch> next();

 private:
  enum class Form { kUnknown, kJson, kLines };
  Batch read_whole();
  std::optional<Batch> read_lines();
  void find_form();

  std::istream& in_;
  Form form_ = Form::kUnknown;
  std::string pending_;  ///< a line that was read and belongs to the next batch
  std::size_t position_ = 0;
};

}  // namespace mih::cli
