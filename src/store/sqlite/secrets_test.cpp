#include "store/sqlite/secrets.hpp"

#include <fmt/format.h>
#include <fstream>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "core/fields.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "support/stores.hpp"

/// What a thief finds, and what happens when the key is not there.
namespace mih::store::sqlite {
namespace {

using namespace mih::test;

constexpr std::string_view kMarker = "planted-marker";

class SecretsTest : public testing::Test {
 protected:
  Result<Opened> try_open() {
    Options options;
    options.dir = directory_.path();
    options.sync = false;
    return sqlite::open(options);
  }
  void open() { opened_ = value_of(try_open()); }
  void close() { opened_ = {}; }

  /// A store with a marker in every secret.
  void plant() {
    open();
    auto service = make_service("crm");
    for (const auto& field : core::service_fields()) {
      if (!field.secret && !field.url_password) continue;
      const auto member = std::get<std::string core::Service::*>(field.access);
      const auto marker = fmt::format("{}-{}", kMarker, field.name);
      service.*member = field.secret ? marker : fmt::format("http://u:{0}@host/x?key={0}", marker);
    }
    service.headers = {{"Ocp-Key", std::string(kMarker) + "-header"}};
    service.soap_headers = fmt::format("<key>{}-soap</key>", kMarker);
    service_ = value_of(opened_.store->save_service(service, at(1)));
    core::Site site;
    site.name = "main";
    site.callback_key = std::string(kMarker) + "-callback";
    site.signon_key = std::string(kMarker) + "-signon";
    site_ = value_of(opened_.store->save_site(site, at(1)));
    value_of(opened_.store->save_secret({"a", std::string(kMarker) + "-named", {}, {}}, at(1)));
    auto rule = make_rule("to crm", service_);
    rule.headers = {{"X-Key", std::string(kMarker) + "-rule"}};
    value_of(opened_.store->save_rule(rule, at(1)));
  }

  void expect_all_there() {
    const auto service = value_of(opened_.reader->services()).at(0);
    for (const auto& field : core::service_fields()) {
      if (!field.secret && !field.url_password) continue;
      const auto member = std::get<std::string core::Service::*>(field.access);
      EXPECT_EQ(service.*member, service_.*member) << field.name;
    }
    EXPECT_EQ(service.headers, service_.headers);
    EXPECT_EQ(service.soap_headers, service_.soap_headers);
    EXPECT_EQ(value_of(opened_.reader->rules()).at(0).headers.at(0).second,
              std::string(kMarker) + "-rule");
    EXPECT_EQ(value_of(opened_.reader->sites()).at(0).signon_key, site_.signon_key);
    EXPECT_EQ(value_of(opened_.reader->secrets()).at(0).value, std::string(kMarker) + "-named");
  }

  /// The file that holds the marker, "" if none does.
  std::string file_with_marker() {
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string text{std::istreambuf_iterator<char>(file), {}};
      if (text.contains(kMarker)) return entry.path();
    }
    return {};
  }

  void run_sql(const std::string& sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open((directory_.path() / "mih.db").c_str(), &database), SQLITE_OK);
    char* message = nullptr;
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, &message), SQLITE_OK)
        << message;
    sqlite3_close(database);
  }

  /// As a version before secrets were sealed has left the store.
  void make_clear() {
    close();
    std::string sql = "DELETE FROM local_integrationhub_key;";
    for (const auto& field : core::service_fields()) {
      if (!field.secret && !field.url_password) continue;
      const auto member = std::get<std::string core::Service::*>(field.access);
      sql += fmt::format("UPDATE local_integrationhub_svc SET {} = '{}';", field.name,
                         service_.*member);
    }
    sql += fmt::format(
        "UPDATE local_integrationhub_svc SET headers = '{{\"Ocp-Key\":\"{0}-header\"}}',"
        " soap_headers = '<key>{0}-soap</key>';"
        "UPDATE local_integrationhub_rules SET headers = '{{\"X-Key\":\"{0}-rule\"}}';",
        kMarker);
    sql += fmt::format(
        "UPDATE local_integrationhub_site SET callback_key = '{}', signon_key = '{}';"
        "UPDATE local_integrationhub_secret SET value = '{}-named';",
        site_.callback_key, site_.signon_key, kMarker);
    run_sql(sql);
  }

  void expect_refused(std::string_view why) {
    const auto opened = try_open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::kConfigInvalid);
    EXPECT_NE(opened.error().detail.find(why), std::string::npos) << opened.error().detail;
  }

  std::filesystem::path key_file() const { return directory_.path() / "mih.key"; }

  TemporaryDirectory directory_;
  Opened opened_;
  core::Service service_;
  core::Site site_;
};

TEST_F(SecretsTest, NoFileHoldsOne) {
  plant();
  EXPECT_EQ(file_with_marker(), "");  // the log of the database is there
  EXPECT_TRUE(std::filesystem::exists(directory_.path() / "mih.db-wal"));
  close();
  EXPECT_EQ(file_with_marker(), "");
  open();
  expect_all_there();
}

TEST_F(SecretsTest, WithoutAnyNoKeyIsNeeded) {
  open();
  auto service = make_service("crm");
  service.headers = {{"content-type", "text/plain"}};
  value_of(opened_.store->save_service(service, at(1)));
  close();
  std::filesystem::remove(key_file());
  open();
  EXPECT_EQ(value_of(opened_.reader->services()).at(0).headers, service.headers);
  service = value_of(opened_.reader->services()).at(0);
  service.headers = {{"X-Key", "a"}};
  value_of(opened_.store->save_service(service, at(2)));
  close();
  std::filesystem::remove(key_file());
  expect_refused("key");
}

TEST_F(SecretsTest, OnesInClearAreSealedAtTheStart) {
  plant();
  make_clear();
  EXPECT_NE(file_with_marker(), "");
  open();
  EXPECT_EQ(file_with_marker(), "");
  expect_all_there();
  close();
  EXPECT_EQ(file_with_marker(), "");
}

/// As a version has left the store that sealed passwords in URLs, and no headers.
TEST_F(SecretsTest, WhatAnOlderVersionKeptInClearIsSealedAtTheStart) {
  plant();
  SecretBox box{KeyFile(key_file()).read().value().at(0)};
  close();
  const auto url = [&](const std::string& clear, std::string_view column) {
    const auto place = fmt::format("local_integrationhub_svc.{}", column);
    return core::with_url_password(clear, box.seal(core::url_password(clear), place));
  };
  run_sql(fmt::format(
      "UPDATE local_integrationhub_key SET key_id = '{0}';"
      "UPDATE local_integrationhub_svc SET headers = '{{\"Ocp-Key\":\"{1}-header\"}}',"
      " soap_headers = '<key>{1}-soap</key>', base_url = '{2}', proxy = '{3}';"
      "UPDATE local_integrationhub_rules SET headers = '{{\"X-Key\":\"{1}-rule\"}}';",
      box.key().id(), kMarker, url(service_.base_url, "base_url"), url(service_.proxy, "proxy")));
  EXPECT_NE(file_with_marker(), "");
  Options options;
  options.dir = directory_.path();
  options.read_only = true;
  opened_ = value_of(sqlite::open(options));
  expect_all_there();  // also before
  opened_ = {};
  open();
  EXPECT_EQ(file_with_marker(), "");
  expect_all_there();
  ASSERT_TRUE(opened_.store->rotate_key());
  close();
  EXPECT_EQ(file_with_marker(), "");
  open();
  expect_all_there();
}

TEST_F(SecretsTest, ASealingThatWasInterruptedIsFinishedAtTheNextStart) {
  plant();
  const auto id = KeyFile(key_file()).read().value().at(0).id();
  close();
  // All is sealed, and a page that is free now still has what was in clear.
  run_sql(
      fmt::format("UPDATE local_integrationhub_key SET key_id = '{}';"
                  "CREATE TABLE old (text TEXT); INSERT INTO old VALUES ('{}');"
                  "PRAGMA secure_delete = OFF; DROP TABLE old;",
                  id, kMarker));
  EXPECT_NE(file_with_marker(), "");
  open();
  EXPECT_EQ(file_with_marker(), "");
  expect_all_there();
}

TEST_F(SecretsTest, ALogThatSomebodyReadsIsForgottenAtALaterStart) {
  plant();
  make_clear();
  sqlite3* reader = nullptr;
  ASSERT_EQ(sqlite3_open((directory_.path() / "mih.db").c_str(), &reader), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(reader, "BEGIN; SELECT count(*) FROM local_integrationhub_svc", nullptr,
                         nullptr, nullptr),
            SQLITE_OK);
  open();
  expect_all_there();
  EXPECT_NE(file_with_marker(), "") << "what the reader sees";
  sqlite3_close(reader);
  opened_ = {};
  open();
  EXPECT_EQ(file_with_marker(), "");
  expect_all_there();
}

TEST_F(SecretsTest, WithoutTheKeyNothingStartsAndNothingIsLost) {
  plant();
  close();
  const auto aside = directory_.path() / "aside";
  std::filesystem::rename(key_file(), aside);
  expect_refused("is missing");
  EXPECT_FALSE(std::filesystem::exists(key_file()));
  ASSERT_TRUE(KeyFile(key_file()).write({SecretKey::random()}));
  expect_refused("another key");
  std::filesystem::rename(aside, key_file());
  open();
  expect_all_there();
}

TEST_F(SecretsTest, TheFileNeedsTheOldKeyUntilTheNewOneIsCommitted) {
  plant();
  close();
  const auto old_keys = KeyFile(key_file()).read().value();
  // As a crash between the first and the second step leaves it.
  ASSERT_TRUE(KeyFile(key_file()).write({old_keys[0], SecretKey::random()}));
  open();
  expect_all_there();
  EXPECT_EQ(KeyFile(key_file()).read().value(), old_keys);

  ASSERT_TRUE(opened_.store->rotate_key());
  close();
  const auto new_keys = KeyFile(key_file()).read().value();
  EXPECT_EQ(new_keys.size(), 1U);
  EXPECT_NE(new_keys, old_keys);
  // As a crash between the second and the third step leaves it.
  ASSERT_TRUE(KeyFile(key_file()).write({old_keys[0], new_keys[0]}));
  open();
  expect_all_there();
  EXPECT_EQ(KeyFile(key_file()).read().value(), new_keys);
  close();
  ASSERT_TRUE(KeyFile(key_file()).write(old_keys));
  expect_refused("another key");
}

TEST_F(SecretsTest, ASpoiledSecretIsDamage) {
  plant();
  close();
  run_sql("UPDATE local_integrationhub_site SET signon_key = callback_key");
  open();
  const auto sites = opened_.reader->sites();
  ASSERT_FALSE(sites);
  EXPECT_EQ(sites.error().code, ErrorCode::kStoreDamaged);
}

TEST_F(SecretsTest, AReaderNeedsTheKeyToo) {
  plant();
  Options options;
  options.dir = directory_.path();
  options.read_only = true;
  opened_ = value_of(sqlite::open(options));
  expect_all_there();
  std::filesystem::remove(key_file());
  EXPECT_FALSE(sqlite::open(options));
}

}  // namespace
}  // namespace mih::store::sqlite
