#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"
#include "core/import.hpp"
#include "core/rule.hpp"
#include "core/service.hpp"

/// The tables of the original plugin, as docs/formats/import.md has them.
namespace mih::engine {

inline constexpr std::size_t kMostImportedServices = 1'000;
inline constexpr std::size_t kMostImportedRules = 5'000;
/// Dead letters and queued events of one import together.
inline constexpr std::size_t kMostImportedEvents = 10'000;

struct OriginalService {
  std::int64_t id = 0;    ///< there
  std::string name;       ///< there
  core::Service service;  ///< with the nearest name that is allowed here
  std::vector<std::string> notices;
};

struct OriginalRule {
  std::int64_t id = 0;
  std::int64_t service = 0;  ///< id there
  core::Rule rule;           ///< neither name nor service yet, templates unchecked
  std::vector<std::string> notices;
};

struct OriginalLetter {
  std::int64_t id = 0;
  std::int64_t service = 0;
  std::string eventname;
  std::string payload;  ///< JSON, as it was to be sent
  std::string error_message;
  std::int64_t created_s = 0;
};

/// An event that waits for its delivery by one rule.
struct OriginalTask {
  std::int64_t id = 0;
  std::int64_t rule = 0;  ///< id there
  std::string event;      ///< a JSON object
};

/// A row that cannot be taken over, and why.
struct RefusedRow {
  core::ImportKind kind = core::ImportKind::kService;
  std::string name;
  std::string error;
};

struct OriginalTables {
  std::vector<OriginalService> services;
  std::vector<OriginalRule> rules;
  std::vector<OriginalLetter> letters;
  std::vector<OriginalTask> tasks;
  std::vector<RefusedRow> refused;
  std::vector<std::string> notices;
};

/// Reads the tables. What a row lacks has the original's default; what is out of bounds here
/// becomes the nearest that is allowed, with a notice. kValidationFailed when the document as a
/// whole is not such a one, kTooLarge.
Result<OriginalTables> read_original(const json::Value& document);

/// The nearest name that a service may have here: accents go, runs of other characters become a
/// hyphen; "service" when nothing is left.
std::string nearest_service_name(std::string_view name);

}  // namespace mih::engine
