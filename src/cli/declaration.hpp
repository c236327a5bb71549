#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace mih::cli {

/// A service or rule as a file declares it, or the settings.
struct DeclaredItem {
  std::string name;
  int line = 0;
  std::map<std::string, int> lines;  ///< of its fields
  std::string body;                  ///< JSON as the API takes it, references replaced

  int line_of(const std::string& field) const {
    const auto found = lines.find(field);
    return found == lines.end() ? line : found->second;
  }
};

/// A file of `mih config apply`. A section that is not there is not managed by it.
struct Declaration {
  std::optional<std::vector<DeclaredItem>> services;
  std::optional<std::vector<DeclaredItem>> rules;
  std::optional<DeclaredItem> settings;
};

/// Where references in the file lead to.
struct References {
  std::function<std::optional<std::string>(const std::string&)> variable;
  std::function<Result<std::string>(const std::string&)> file;
};

/// Reads a file. kConfigInvalid with all faults, each with its line.
Result<Declaration> read_declaration(const std::string& text, const References& references);

/// Replaces `${env:NAME}` and `${file:PATH}`; `$${` stands for `${`. kConfigInvalid.
Result<std::string> without_references(std::string_view text, const References& references);
/// The text with `${` written so that it reads back as it is.
std::string with_escaped_references(std::string_view text);

}  // namespace mih::cli
