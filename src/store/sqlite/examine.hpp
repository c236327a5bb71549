#pragma once

#include <cstdint>
#include <string>

#include "store/sqlite/sqlite_store.hpp"

namespace mih::store::sqlite {

/// A store as it was found.
struct Condition {
  std::int64_t version = 0;
  std::int64_t known_version = 0;  ///< what this program would bring it to
  std::int64_t bytes = 0;          ///< of the database, without its log
  std::string key_id;              ///< of the key of its secrets; "" when they are in clear
};

/// Reads all of the store in `dir` and changes nothing, whether a hub runs on it or not. kNotFound
/// (no store), kStoreDamaged, kStoreTooNew, kStoreFailed.
Result<Condition> examine(const Options& options);

}  // namespace mih::store::sqlite
