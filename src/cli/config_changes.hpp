#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mih::cli {

/// How a field differs; as JSON, secrets masked. `before` is "" for something new.
struct FieldChange {
  std::string name;
  std::string before;
  std::string after;
};

/// What `mih config apply` does with one thing of a hub.
struct Change {
  enum class Action : std::uint8_t { kCreate, kUpdate, kDelete };

  std::string_view kind;  ///< "service", "rule", "settings"
  Action action = Action::kCreate;
  std::string id;  ///< as the API has it in its paths
  std::string name;
  std::string body;  ///< what is sent
  std::vector<FieldChange> fields;

  std::string path() const;
};

struct Changes {
  std::vector<Change> made;      ///< in the order in which they are carried out
  std::vector<Change> left_out;  ///< deletions that were not asked for
};

std::string_view name_of(Change::Action action);

/// For people: each thing with its fields, old and new.
std::string diff_text(const Changes& changes);
/// For programs.
std::string changes_json(const Changes& changes, bool applied);

/// The fields of `after` (JSON objects) as changes; `names` chooses, null for all that differ.
std::vector<FieldChange> field_changes(std::string_view before, std::string_view after,
                                       const std::vector<std::string>* names);

}  // namespace mih::cli
