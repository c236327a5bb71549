#include "base/crash_point.hpp"
#include "store/sqlite/reader.hpp"
#include "store/sqlite/registry.hpp"

/// What is taken over from the original plugin, and the names that services had there.
namespace mih::store::sqlite {

bool Registry::note_imported(const core::Origin& origin, std::int64_t id) {
  return note_imported_.run(origin.site, origin.kind, origin.id, id) > 0;
}

Result<void> Registry::write_imports(Import& import, WallTime now) {
  Statement alias{connection_, "INSERT OR IGNORE INTO local_integrationhub_alias VALUES (?,?)"};
  for (auto& [service, origin, old_name] : import.services) {
    if (!service.id) {
      if (auto free = check_name(service); !free) return free;
      write_service(service, now);
      remember(service);
    }
    note_imported(origin, service.id.value);
    if (!old_name.empty()) alias.run(old_name, service.id);
  }
  for (auto& [rule, origin] : import.rules) {
    if (auto resolved = resolve_service(rule); !resolved) return resolved;
    write_rule(rule, now);
    rules_[rule.id] = rule.name;
    note_imported(origin, rule.id.value);
  }
  return {};
}

Result<void> Registry::import(Import& import, WallTime now) {
  Result<void> done;
  {
    Transaction transaction{connection_, Transaction::Kind::kWrite};
    done = write_imports(import, now);
    crash_point(CrashPoint::kInImport);
    if (done) done = transaction.commit();
  }
  if (done) {
    crash_point(CrashPoint::kImportSaved);
  } else {
    refresh();
  }
  return done;
}

Result<Imported> SqliteReader::imported(const std::string& site) {
  return read([&site](Connection& connection) {
    Statement statement{connection,
                        "SELECT kind, original_id, hub_id FROM local_integrationhub_imported"
                        " WHERE site = ?"};
    Imported found;
    Rows row = statement.query(site);
    while (row.next()) {
      const auto kind = static_cast<core::ImportKind>(row.integer(0));
      found[{kind, row.integer(1)}] = row.integer(2);
    }
    return found;
  });
}

Result<ServiceAliases> SqliteReader::aliases() {
  return read([](Connection& connection) {
    Statement statement{connection, "SELECT name, service_id FROM local_integrationhub_alias"};
    ServiceAliases found;
    Rows row = statement.query();
    while (row.next())
      found.emplace(row.text(0), core::ServiceId{row.integer(1)});
    return found;
  });
}

}  // namespace mih::store::sqlite
