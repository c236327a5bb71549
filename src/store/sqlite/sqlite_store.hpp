#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "store/personal_data.hpp"
#include "store/secret_box.hpp"
#include "store/store.hpp"

namespace mih::store::sqlite {

struct Options {
  std::filesystem::path dir;
  /// Where the key of the secrets is; "" is mih.key in `dir`. Made for a store that has none yet.
  std::filesystem::path key_file;
  std::string vfs;  ///< SQLite VFS to use; "" = the default one
  /// Only a reader, which takes no lock and changes nothing: Opened::store is null.
  bool read_only = false;
  /// Commits are synced. Off only to show that a test notices.
  bool sync = true;
  /// Events from the oldest unfinished one on that are kept track of in memory; those that are
  /// still open beyond it get a row in the pending table.
  std::size_t max_window = 100'000;
  /// Meanings of events that are kept per rule with a dedupe_window; beyond, the oldest is
  /// forgotten.
  std::int64_t max_dedupe_keys = 1'000'000;
  /// Pages in the write-ahead log from which on a commit copies it into the database.
  int checkpoint_pages = 4'000;
  /// Called once, on the writing thread, when the database itself could not be synced: what was
  /// written and not synced may be lost, and only a new start writes it again, from the log. The
  /// store changes nothing any more; the process should end.
  std::function<void(const Error&)> give_up;
};

KeyFile key_file_of(const Options& options);

struct Opened {
  std::unique_ptr<Store> store;
  std::unique_ptr<Reader> reader;
  PersonalData* personal_data = nullptr;  ///< the store, seen from another side
};

/// Opens the store in a data directory, creates it if there is none, and recovers: what is open is
/// in the pending table afterwards, and every service spills until its lane has loaded it. Errors:
/// kStoreLocked, kStoreDamaged, kStoreTooNew, kDiskFull, kStoreFailed, kConfigInvalid (the key of
/// the secrets is missing or another one).
Result<Opened> open(const Options& options);

}  // namespace mih::store::sqlite
