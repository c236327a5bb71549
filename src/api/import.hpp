#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "engine/predecessor.hpp"

namespace mih::api {

struct ImportRequest {
  std::string site;  ///< whose tables they are
  engine::OriginalTables tables;
  bool dry_run = false;  ///< only report
};

/// What became of one kind of rows.
struct ImportedRows {
  struct Renamed {
    std::string from;
    std::string to;
  };
  struct Disabled {
    core::RuleId id;  ///< none in a dry run
    std::string name;
    std::string error;
  };
  struct Refused {
    std::string name;
    std::string error;
  };

  std::int64_t created = 0;
  std::int64_t unchanged = 0;      ///< were here already
  std::vector<Renamed> renamed;    ///< services
  std::vector<Disabled> disabled;  ///< rules that are here, and of no use until they are changed
  std::vector<Refused> refused;
};

struct ImportReport {
  ImportedRows services;
  ImportedRows rules;
  ImportedRows dead_letters;
  ImportedRows deliveries;
  std::vector<std::string> notices;
  std::vector<std::string> made;  ///< for the audit trail: "service crm", "rule 5"
};

}  // namespace mih::api
