#include "store/sqlite/sqlite_store.hpp"

#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/sqlite/codec.hpp"
#include "support/stores.hpp"

/// What only a store in a directory can get wrong: its files.
namespace mih::store::sqlite {
namespace {

using namespace mih::test;
using testing::HasSubstr;
namespace fs = std::filesystem;

class DirectoryTest : public testing::Test {
 protected:
  Result<Opened> open_store() {
    Options options;
    options.dir = directory_.path() / "data";
    return open(options);
  }
  /// A store with `events` events in it, closed.
  void make_store(int events = 3) {
    auto opened = value_of(open_store());
    Batch batch;
    batch.now = at(0);
    for (int i = 0; i < events; ++i) {
      batch.events.push_back(make_entry("id-" + std::to_string(i), at(0), {}));
    }
    check(opened.store->commit(batch));
  }
  fs::path file(const std::string& name = "mih.db") { return directory_.path() / "data" / name; }
  void expect_damaged(const std::string& says) {
    const auto opened = open_store();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::kStoreDamaged) << opened.error().detail;
    EXPECT_THAT(opened.error().detail, HasSubstr(says));
    EXPECT_THAT(opened.error().detail, HasSubstr("estore a backup"));
  }
  void run_sql(const std::string& sql) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(file().c_str(), &db), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(db);
    sqlite3_close(db);
  }
  static std::string bytes_of(const fs::path& path) {
    std::ostringstream bytes;
    bytes << std::ifstream{path, std::ios::binary}.rdbuf();
    return bytes.str();
  }
  static mode_t mode_of(const fs::path& path) {
    struct stat status{};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 0777;
  }

  TemporaryDirectory directory_;
};

TEST_F(DirectoryTest, FilesAreForTheOwnerOnly) {
  const auto opened = value_of(open_store());
  EXPECT_EQ(mode_of(file("")), 0750U);
  for (const char* name : {"mih.db", "mih.db-wal", "mih.db-shm", "mih.db.created", "lock"}) {
    EXPECT_EQ(mode_of(file(name)), 0600U) << name;
  }
}

TEST_F(DirectoryTest, ASecondStoreOnTheSameDirectoryIsRefused) {
  auto opened = value_of(open_store());
  const auto second = open_store();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kStoreLocked);
  EXPECT_THAT(second.error().detail, HasSubstr("pid " + std::to_string(::getpid())));
  opened = {};
  EXPECT_TRUE(open_store());
}

TEST_F(DirectoryTest, AReaderNeedsNoLock) {
  Options options;
  options.dir = directory_.path() / "data";
  options.read_only = true;
  EXPECT_EQ(open(options).error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(fs::exists(options.dir)) << "nothing is created for reading";
  auto writing = value_of(open_store());
  Batch batch;
  batch.events.push_back(make_entry("a", at(0), {}));
  check(writing.store->commit(batch));
  auto reading = value_of(open(options));
  EXPECT_FALSE(reading.store);
  EXPECT_EQ(value_of(reading.reader->totals()).events_accepted, 1);
}

TEST_F(DirectoryTest, ANewerStoreIsRefusedAndLeftAsItIs) {
  make_store();
  run_sql("PRAGMA user_version = 999");
  const std::string before = bytes_of(file());
  const auto opened = open_store();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kStoreTooNew);
  EXPECT_THAT(opened.error().detail, HasSubstr("999"));
  EXPECT_EQ(bytes_of(file()), before);
}

TEST_F(DirectoryTest, AFileThatIsNotADatabaseIsDamage) {
  make_store();
  std::ofstream{file(), std::ios::binary} << std::string(20'000, 'x');
  expect_damaged("does not begin like");
  EXPECT_EQ(bytes_of(file()), std::string(20'000, 'x'));
}

TEST_F(DirectoryTest, AnEmptyOrMissingDatabaseIsDamageAndNeverMadeAnew) {
  make_store();
  fs::resize_file(file(), 0);
  expect_damaged("is empty");
  EXPECT_EQ(fs::file_size(file()), 0U);
  fs::remove(file());
  expect_damaged("is missing");
  EXPECT_FALSE(fs::exists(file()));
  fs::remove(file("mih.db.created"));
  std::ofstream{file("mih.db-wal")} << "x";
  expect_damaged("is missing");
}

TEST_F(DirectoryTest, ATruncatedDatabaseIsDamage) {
  make_store(2'000);
  fs::resize_file(file(), fs::file_size(file()) / 2);
  expect_damaged("damaged");
}

TEST_F(DirectoryTest, GarbageInTheMiddleIsDamage) {
  make_store(2'000);
  std::fstream stream{file(), std::ios::binary | std::ios::in | std::ios::out};
  const auto size = static_cast<std::streamoff>(fs::file_size(file()));
  for (std::streamoff page = 8'192; page < size; page += 8'192) {
    stream.seekp(page);
    stream << std::string(64, 'x');
  }
  stream.close();
  expect_damaged("damaged");
}

TEST_F(DirectoryTest, AnotherDatabaseIsNotOurs) {
  fs::create_directory(file(""));
  run_sql("CREATE TABLE t (a); INSERT INTO t VALUES (1)");
  expect_damaged("not one of this hub");
}

TEST_F(DirectoryTest, AnInterruptedCreationIsRepeated) {
  fs::create_directory(file(""));
  std::ofstream{file("mih.db.new")} << "half a database";
  EXPECT_TRUE(open_store());
  EXPECT_FALSE(fs::exists(file("mih.db.new")));
  EXPECT_TRUE(open_store());
}

TEST_F(DirectoryTest, ADirectoryThatCannotBeMadeIsExplained) {
  std::ofstream{directory_.path() / "data"} << "a file is in the way";
  const auto opened = open_store();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kStoreFailed);
  EXPECT_THAT(opened.error().detail, HasSubstr(file("").string().substr(0, 10)));
}

TEST_F(DirectoryTest, TablesKeepTheDocumentedColumnsOfTheOriginalPlugin) {
  make_store();
  run_sql(
      "SELECT id,name,type,base_url,auth_type,auth_token,timeout,max_retries,retry_backoff,"
      "cb_failure_threshold,cb_cooldown,response_queue,enabled,timecreated,timemodified"
      " FROM local_integrationhub_svc;"
      "SELECT id,serviceid,state,failure_count,last_failure,timemodified"
      " FROM local_integrationhub_cb;"
      "SELECT id,serviceid,endpoint,http_method,http_status,latency_ms,attempt_count,success,"
      "error_message,timecreated,direction FROM local_integrationhub_log;"
      "SELECT id,eventname,serviceid,endpoint,http_method,payload_template,enabled,timecreated,"
      "timemodified FROM local_integrationhub_rules;"
      "SELECT id,eventname,serviceid,payload,error_message,timecreated"
      " FROM local_integrationhub_dlq");
}

TEST_F(DirectoryTest, LogRowsThatWouldBePurgedAtOnceAreNotWritten) {
  auto opened = value_of(open_store());
  core::Settings settings;
  settings.max_log_entries = 2;
  check(opened.store->save_settings(settings));
  const auto crm = value_of(opened.store->save_service(make_service("crm"), at(0)));
  Batch batch;
  batch.now = at(1);
  for (int i = 0; i < 5; ++i)
    batch.calls.push_back(make_call(crm.id, at(i), true));
  check(opened.store->commit(batch));
  check(opened.store->flush(at(10)));
  const auto rows = value_of(opened.reader->log({}, {}));
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].call.time, at(4));
  EXPECT_EQ(rows[0].id, 2) << "the three before were written and removed";
}

TEST_F(DirectoryTest, TheOldestMeaningIsForgottenWhenARuleHasTooMany) {
  Options options;
  options.dir = directory_.path() / "data";
  options.max_dedupe_keys = 3;
  auto opened = value_of(open(options));
  auto& store = *opened.store;
  const auto crm = value_of(store.save_service(make_service("crm"), at(0)));
  value_of(store.load(crm.id, {}, 1));
  std::int64_t last = 0;
  const auto make = [&](const std::string& meaning, std::int64_t time) {
    Batch batch;
    batch.now = at(time);
    const core::Dedupe dedupe{.key = meaning, .window = std::chrono::hours{1}};
    batch.events.push_back(
        make_entry(std::to_string(++last), at(time), {{core::RuleId{1}, crm.id, "", dedupe}}));
    check(store.commit(batch));
    return std::move(batch.ready);
  };
  // What ended dead, or has passed, is not among those that are kept.
  for (int i = 0; i < 5; ++i) {
    Batch batch;
    batch.updates.push_back(dead(make("x", 1).at(0), at(1)));
    check(store.commit(batch));
  }
  for (const char* meaning : {"a", "b", "c"})
    EXPECT_EQ(make(meaning, 2).size(), 1U);
  for (const char* meaning : {"a", "b", "c"})
    EXPECT_TRUE(make(meaning, 3).empty()) << meaning;
  EXPECT_EQ(make("a", 3602).size(), 1U) << "its window has passed";
  EXPECT_EQ(make("d", 3602).size(), 1U);
  EXPECT_TRUE(make("a", 3603).empty());
  EXPECT_TRUE(make("d", 3603).empty());
}

TEST(FanOutCodec, IsReadAsWritten) {
  const std::vector<core::FanOut> fan_out{{core::RuleId{1}, core::ServiceId{2}, ""},
                                          {core::RuleId{300}, core::ServiceId{1LL << 40}, "a\0b"},
                                          {core::RuleId{5}, core::ServiceId{6}, "user-5"}};
  std::string bytes;
  encode_fan_out(bytes, fan_out);
  const auto read = decode_fan_out(bytes);
  ASSERT_EQ(read.size(), fan_out.size());
  for (std::size_t i = 0; i < read.size(); ++i) {
    EXPECT_EQ(read[i].rule, fan_out[i].rule);
    EXPECT_EQ(read[i].service, fan_out[i].service);
    EXPECT_EQ(read[i].ordering_key, fan_out[i].ordering_key);
  }
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_LE(decode_fan_out(std::string_view{bytes}.substr(0, size)).size(), fan_out.size());
  }
  EXPECT_TRUE(decode_fan_out("").empty());
  EXPECT_TRUE(decode_fan_out(std::string(20, '\xff')).empty());
}

TEST(Codec, HistogramsComeBackAsTheyWere) {
  using std::chrono::milliseconds;
  core::LatencyHistogram histogram;
  for (const int ms : {5, 5, 300, 10'000'000})
    histogram.add(milliseconds{ms});
  const std::string bytes = encode_histogram(histogram);
  const auto read = decode_histogram(bytes);
  for (std::size_t bucket = 0; bucket < core::LatencyHistogram::kBuckets; ++bucket)
    EXPECT_EQ(read.count(bucket), histogram.count(bucket));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_LE(decode_histogram(std::string_view{bytes}.substr(0, size)).total(), 4U);
  EXPECT_EQ(decode_histogram(std::string(20, '\xff')).total(), 0U);
}

}  // namespace
}  // namespace mih::store::sqlite
