#include "store/sqlite/schema.hpp"

#include <charconv>
#include <fmt/format.h>

#include "base/crash_point.hpp"

namespace mih::store::sqlite {
namespace {

/// Stores up to this size are checked page by page at open (PRAGMA quick_check, about 100 ms). In
/// larger ones only the small tables are: reading gigabytes would make a restart take minutes, and
/// a damaged page is reported when it is read.
constexpr std::int64_t kWholeCheckBytes = 64LL << 20;

constexpr const char* kSmallTables[] = {"svc",          "svc_removed", "svc_state", "cb",  "rules",
                                        "rule_removed", "token",       "setting",   "head"};

std::unexpected<Error> damaged(const std::string& file, std::string_view what) {
  return fail(ErrorCode::kStoreDamaged,
              fmt::format("{} is damaged: {}. Nothing was changed. Restore a backup into this "
                          "directory, or move the directory away to start with an empty hub",
                          file, what));
}

/// What reading the store has met so far, if anything.
Result<void> check_reading(Connection& connection, const std::string& file) {
  auto read = connection.check();
  if (read || read.error().code != ErrorCode::kStoreDamaged) return read;
  return damaged(file, read.error().detail);
}

Result<void> apply(Connection& connection, std::int64_t from) {
  Transaction transaction{connection, Transaction::Kind::kWrite};
  const auto steps = migrations();
  for (auto step = static_cast<std::size_t>(from); step < steps.size(); ++step) {
    connection.execute(steps[step]);
  }
  connection.execute(fmt::format("PRAGMA application_id = {}", kApplicationId).c_str());
  connection.execute(fmt::format("PRAGMA user_version = {}", steps.size()).c_str());
  crash_point(CrashPoint::kInMigration);
  return transaction.commit();
}

/// quick_check takes a page that the disk does not give for a damaged one.
bool is_unread_page(std::string_view fault) {
  constexpr std::string_view kWithCode = "unable to get the page. error code=";
  const auto at = fault.find(kWithCode);
  if (at == std::string_view::npos) return fault.contains("failed to get page");
  const auto digits = fault.substr(at + kWithCode.size());
  int code = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), code);
  return (code & 0xff) != SQLITE_CORRUPT;
}

/// The first fault that quick_check reports, "" if there is none.
std::string first_fault(Connection& connection) {
  const std::int64_t bytes =
      connection.integer_of("PRAGMA page_count") * connection.integer_of("PRAGMA page_size");
  if (bytes <= kWholeCheckBytes) {
    const std::string fault = connection.text_of("PRAGMA quick_check(1)");
    return fault == "ok" ? "" : fault;
  }
  for (const char* table : kSmallTables) {
    const std::string fault = connection.text_of(
        fmt::format("PRAGMA quick_check(local_integrationhub_{})", table).c_str());
    if (fault != "ok") return fault;
  }
  return "";
}

/// What to make of what first_fault() has found.
Result<void> judge(Connection& connection, const std::string& file, const std::string& fault) {
  if (auto read = check_reading(connection, file); !read) return read;
  if (is_unread_page(fault)) {
    return fail(
        ErrorCode::kStoreFailed,
        fmt::format("{} cannot be read: {}. Nothing was changed. Check the disk", file, fault));
  }
  if (!fault.empty()) return damaged(file, fault);
  return {};
}

}  // namespace

void configure_writer(Connection& connection, bool sync) {
  connection.execute("PRAGMA journal_mode = WAL");
  connection.execute(sync ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = OFF");
  connection.execute(
      "PRAGMA secure_delete = OFF;"
      "PRAGMA wal_autocheckpoint = 0;"
      "PRAGMA journal_size_limit = 67108864;"
      "PRAGMA temp_store = MEMORY;"
      "PRAGMA cache_size = -32768;"
      "PRAGMA busy_timeout = 5000");
}

void configure_reader(Connection& connection) {
  connection.execute(
      "PRAGMA temp_store = MEMORY;"
      "PRAGMA cache_size = -4096;"
      "PRAGMA busy_timeout = 5000");
}

Result<void> create_schema(Connection& connection) {
  connection.execute("PRAGMA page_size = 8192");
  return apply(connection, 0);
}

Result<void> check_store(Connection& connection, const std::string& file) {
  const std::int64_t application = connection.integer_of("PRAGMA application_id");
  const std::int64_t version = connection.integer_of("PRAGMA user_version");
  if (auto read = check_reading(connection, file); !read) return read;
  if (application != kApplicationId || version < 1) {
    return damaged(file, "it is a database, but not one of this hub");
  }
  const auto known = static_cast<std::int64_t>(migrations().size());
  if (version > known) {
    return fail(ErrorCode::kStoreTooNew,
                fmt::format("{} was written by a newer mih (store version {}, this one knows {}); "
                            "install that version or restore an older backup",
                            file, version, known));
  }
  return judge(connection, file, first_fault(connection));
}

Result<void> check_whole(Connection& connection, const std::string& file) {
  const std::string fault = connection.text_of("PRAGMA quick_check(1)");
  return judge(connection, file, fault == "ok" ? "" : fault);
}

Result<void> migrate(Connection& connection) {
  const std::int64_t version = connection.integer_of("PRAGMA user_version");
  if (version >= std::ssize(migrations())) return connection.check();
  return apply(connection, version);
}

}  // namespace mih::store::sqlite
