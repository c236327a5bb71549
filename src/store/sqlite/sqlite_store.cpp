#include "store/sqlite/sqlite_store.hpp"

#include "base/crash_point.hpp"
#include "store/sqlite/log_file.hpp"
#include "store/sqlite/reader.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/secrets.hpp"
#include "store/sqlite/store_impl.hpp"

namespace mih::store::sqlite {
namespace {

constexpr int kWriting = SQLITE_OPEN_READWRITE;

/// A new database gets its name when it is complete, so that an interrupted start leaves nothing
/// that looks like a damaged store.
Result<void> create_store(const Options& options) {
  auto file = Directory::prepare_new(options.dir);
  if (!file) return fail(file);
  {
    auto connection = Connection::open(*file, kWriting, options.vfs);
    if (!connection) return fail(connection);
    if (auto created = create_schema(**connection); !created) return created;
  }
  crash_point(CrashPoint::kStoreMade);
  return Directory::adopt_new(options.dir);
}

Result<std::unique_ptr<Connection>> open_writer(const Options& options) {
  const auto file = Directory::database(options.dir);
  auto connection = Connection::open(file, kWriting, options.vfs);
  if (!connection) return connection;
  // Nothing is changed before the store is known to be ours and whole.
  if (auto checked = check_store(**connection, file.string()); !checked) return fail(checked);
  if (auto rewritten = rewrite_log(file, options.vfs); !rewritten) return fail(rewritten);
  configure_writer(**connection, options.sync);
  if (auto migrated = migrate(**connection); !migrated) return fail(migrated);
  auto secrets = unlock(**connection, key_file_of(options));
  if (!secrets) return fail(secrets);
  (*connection)->use_secrets(std::move(*secrets));
  return connection;
}

Result<std::unique_ptr<SqliteReader>> open_reader(const Options& options) {
  const auto file = Directory::database(options.dir);
  auto reader = std::make_unique<SqliteReader>(file, options.vfs);
  if (auto checked = reader->check(); !checked) return fail(checked);
  return reader;
}

Result<Opened> open_read_only(const Options& options) {
  const auto content = Directory::look(options.dir);
  if (!content) return std::unexpected(content.error());
  if (*content == Directory::Content::kNothing) {
    return fail(ErrorCode::kNotFound, options.dir.string() +
                                          " holds no store; name the data "
                                          "directory of a hub");
  }
  auto reader = open_reader(options);
  if (!reader) return fail(reader);
  if (auto opened = (*reader)->unlock(key_file_of(options)); !opened) return fail(opened);
  return Opened{nullptr, std::move(*reader)};
}

}  // namespace

KeyFile key_file_of(const Options& options) {
  return KeyFile(options.key_file.empty() ? options.dir / "mih.key" : options.key_file);
}

Result<Opened> open(const Options& options) {
  if (options.read_only) return open_read_only(options);
  auto directory = Directory::lock(options.dir);
  if (!directory) return fail(directory);
  const auto content = Directory::look(options.dir);
  if (!content) return std::unexpected(content.error());
  if (*content == Directory::Content::kNothing) {
    if (auto created = create_store(options); !created) return fail(created);
  }
  auto connection = open_writer(options);
  if (!connection) return fail(connection);
  const auto secrets = (*connection)->secrets();
  crash_point(CrashPoint::kStoreNamed);
  if (auto marked = Directory::mark(options.dir); !marked) return fail(marked);
  auto store =
      std::make_unique<SqliteStore>(std::move(*directory), std::move(*connection), options);
  if (auto recovered = store->recover(); !recovered) return fail(recovered);
  auto reader = open_reader(options);
  if (!reader) return fail(reader);
  (*reader)->use_secrets(secrets);
  auto* personal_data = store.get();
  return Opened{std::move(store), std::move(*reader), personal_data};
}

}  // namespace mih::store::sqlite
