#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "core/fields.hpp"

namespace mih::cli {

/// A flag for every field of a service or a rule, made from the same descriptions as the API, and
/// the JSON object that the flags given make. `max_retries` is --max-retries; fields that hold
/// secrets or long texts can also be read from a file: --auth-token-file.
class FieldFlags {
 public:
  /// Further names of a flag, without dashes in front: {"eventname", "event"}.
  using Aliases = std::map<std::string_view, std::string_view>;

  template <class T>
  FieldFlags(CLI::App& command, std::span<const core::Field<T>> fields, const Aliases& aliases = {},
             std::string_view left_out = {});
  FieldFlags(const FieldFlags&) = delete;
  FieldFlags& operator=(const FieldFlags&) = delete;

  void require(std::string_view field);

  /// `more` are members besides those of flags, as name and text.
  Result<std::string> body(const std::map<std::string, std::string>& more = {}) const;
  bool empty() const;

 private:
  enum class Kind : std::uint8_t { kText, kFlag, kNumber, kList, kHeaders, kJson };
  struct Entry {
    std::string field;
    Kind kind = Kind::kText;
    std::vector<std::string> values;
    std::string file;
    CLI::Option* option = nullptr;
    CLI::Option* file_option = nullptr;
  };
  struct Description {
    std::string_view field;
    Kind kind;
    std::string help;
    bool has_file;
    std::string_view alias;
  };

  template <class T>
  static Description describe(const core::Field<T>& field);
  void add(CLI::App& command, const Description& description);
  static Result<void> write(json::Writer& out, const Entry& entry);

  std::vector<std::unique_ptr<Entry>> entries_;
};

}  // namespace mih::cli
