#include <fmt/format.h>
#include <iostream>
#include <sqlite3.h>

#include "cli/commands.hpp"

namespace mih::cli {
namespace {

struct Options {
  bool read_only = false;
  std::string query;
};

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
};
struct FinishStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;
using Statement = std::unique_ptr<sqlite3_stmt, FinishStatement>;

int report(sqlite3* database) {
  std::cerr << "mih: " << harmless(sqlite3_errmsg(database)) << "\n";
  const int code = sqlite3_errcode(database);
  const bool damaged = code == SQLITE_NOTADB || code == SQLITE_CORRUPT;
  return damaged ? exit_code_of(ErrorCode::kStoreDamaged) : kFailed;
}

std::string text_of(sqlite3_stmt* row, int column) {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(row, column));
  return bytes ? std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(row, column)))
               : std::string{};
}

/// Bytes that are no text are not for a terminal, which may take them for commands.
std::string as_utf8(std::string bytes) {
  if (json::is_utf8(bytes)) return bytes;
  return fmt::format("({} bytes)", bytes.size());
}

void write_row(json::Writer& out, sqlite3_stmt* row) {
  out.begin_object();
  for (int i = 0; i < sqlite3_column_count(row); ++i) {
    out.key(sqlite3_column_name(row, i));
    switch (sqlite3_column_type(row, i)) {
      case SQLITE_NULL:
        out.null();
        break;
      case SQLITE_INTEGER:
        out.value(std::int64_t{sqlite3_column_int64(row, i)});
        break;
      case SQLITE_FLOAT:
        out.value(sqlite3_column_double(row, i));
        break;
      default:
        out.value(text_of(row, i));
    }
  }
  out.end_object();
}

void print_row(sqlite3_stmt* row) {
  for (int i = 0; i < sqlite3_column_count(row); ++i) {
    std::cout << (i > 0 ? "\t" : "") << harmless(as_utf8(text_of(row, i)));
  }
  std::cout << "\n";
}

int print_rows(sqlite3* database, sqlite3_stmt* statement, bool as_json) {
  json::Writer out;
  out.begin_array();
  if (!as_json) {
    for (int i = 0; i < sqlite3_column_count(statement); ++i) {
      std::cout << (i > 0 ? "\t" : "") << harmless(sqlite3_column_name(statement, i));
    }
    if (sqlite3_column_count(statement) > 0) std::cout << "\n";
  }
  int step = 0;
  while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
    if (as_json) {
      write_row(out, statement);
    } else {
      print_row(statement);
    }
  }
  if (step != SQLITE_DONE) return report(database);
  out.end_array();
  if (as_json) std::cout << out.text() << "\n";
  return kOk;
}

int run(const Session& session, const Options& options) {
  const auto data = session.data_dir();
  if (!data) return print_error(data.error()), exit_code_of(data.error().code);
  const auto text = options.query.empty() ? read_file("-") : Result<std::string>{options.query};
  if (!text) return print_error(text.error()), kFailed;
  const std::string path = *data / "mih.db";
  sqlite3* handle = nullptr;
  const int opened = sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READONLY, nullptr);
  const Database database{handle};
  if (opened != SQLITE_OK) {
    std::cerr << fmt::format("mih: {} cannot be opened: {}\n", path, sqlite3_errmsg(handle));
    return kFailed;
  }
  sqlite3_busy_timeout(handle, 5000);
  sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0);  // VACUUM INTO, which writes a file, needs one
  const char* rest = text->c_str();
  int code = kOk;
  while (code == kOk && *rest) {
    sqlite3_stmt* prepared = nullptr;
    if (sqlite3_prepare_v2(handle, rest, -1, &prepared, &rest) != SQLITE_OK) return report(handle);
    const Statement statement{prepared};
    if (statement) code = print_rows(handle, prepared, session.json());
  }
  std::cout << std::flush;
  return code;
}

}  // namespace

void add_sql(CLI::App& app, Session& session) {
  auto o = std::make_shared<Options>();
  CLI::App* command = session.command(app, "sql", "Query the store of a data directory with SQL",
                                      [&session, o] { return run(session, *o); });
  session.add_data_option(*command);
  session.add_json_flag(*command);
  command->add_flag("--read-only", o->read_only, "Nothing can be changed; the only way there is")
      ->required();
  command->add_option("query", o->query, "The query; without it, from standard input");
}

}  // namespace mih::cli
