#include "transport/http/header_list.hpp"

#include <algorithm>

#include "base/header.hpp"

namespace mih::transport {
bool HeaderList::add(std::string_view name, std::string_view value) {
  if (!is_header_name(name) || !is_header_value(value)) return false;
  std::string& line = next_line();
  line.assign(name);
  const bool is_blank = value.find_first_not_of(" \t") == std::string_view::npos;
  if (is_blank) {
    line += ';';  // libcurl's way to send a header without a value
  } else {
    line += ": ";
    line += value;
  }
  return true;
}

void HeaderList::suppress(std::string_view name) {
  std::string& line = next_line();
  line.assign(name);
  line += ':';
}

bool HeaderList::has(std::string_view name) const {
  return std::any_of(lines_.begin(), lines_.begin() + static_cast<std::ptrdiff_t>(used_),
                     [&](const std::string& line) {
                       return line.size() > name.size() &&
                              (line[name.size()] == ':' || line[name.size()] == ';') &&
                              equal_ignoring_case(std::string_view{line}.substr(0, name.size()),
                                                  name);
                     });
}

curl_slist* HeaderList::list() {
  nodes_.resize(used_);
  for (std::size_t i = 0; i < used_; ++i) {
    nodes_[i] = {lines_[i].data(), i + 1 < used_ ? &nodes_[i + 1] : nullptr};
  }
  return used_ == 0 ? nullptr : nodes_.data();
}

std::string& HeaderList::next_line() {
  if (used_ == lines_.size()) lines_.emplace_back();
  return lines_[used_++];
}

}  // namespace mih::transport
