#include "store/sqlite/examine.hpp"

#include "store/sqlite/directory.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/secrets.hpp"

namespace mih::store::sqlite {

Result<Condition> examine(const Options& options) {
  const auto content = Directory::look(options.dir);
  if (!content) return std::unexpected(content.error());
  if (*content == Directory::Content::kNothing) {
    return fail(ErrorCode::kNotFound, options.dir.string() + " holds no store");
  }
  const auto file = Directory::database(options.dir);
  auto opened = Connection::open(file, SQLITE_OPEN_READONLY, options.vfs);
  if (!opened) return fail(opened);
  Connection& connection = **opened;
  configure_reader(connection);
  if (auto checked = check_store(connection, file.string()); !checked) return fail(checked);
  if (auto checked = check_whole(connection, file.string()); !checked) return fail(checked);
  Condition condition{.version = connection.integer_of("PRAGMA user_version"),
                      .known_version = std::ssize(migrations()),
                      .bytes = connection.integer_of("PRAGMA page_count") *
                               connection.integer_of("PRAGMA page_size"),
                      .key_id = stored_key_id(connection)};
  if (auto read = connection.check(); !read) return fail(read);
  return condition;
}

}  // namespace mih::store::sqlite
