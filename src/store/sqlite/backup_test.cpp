#include "store/sqlite/backup.hpp"

#include <csignal>
#include <fmt/format.h>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>
#include <sys/resource.h>

#include "support/recording_vfs.hpp"
#include "support/stores.hpp"

/// Backups on a disk that fails, of a store that is in use.
namespace mih::store::sqlite {
namespace {

using namespace mih::test;
using testing::HasSubstr;
namespace fs = std::filesystem;

/// No file of this process may get larger than that.
class FileLimit {
 public:
  explicit FileLimit(std::uintmax_t bytes) : signal_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, signal_);
  }
  FileLimit(const FileLimit&) = delete;
  FileLimit& operator=(const FileLimit&) = delete;

 private:
  rlimit before_{};
  void (*signal_)(int);
};

std::string content_of(const fs::path& file) {
  std::ostringstream content;
  content << std::ifstream{file, std::ios::binary}.rdbuf();
  return content.str();
}

class BackupTest : public testing::Test {
 protected:
  void SetUp() override {
    Options options;
    options.dir = data_.path();
    options.sync = false;  // of the hub; its disk is well
    opened_ = value_of(open(options));
    for (int i = 0; i < 300; ++i)
      accept();
  }

  void accept() {
    Batch batch;
    batch.now = at(accepted_);
    auto entry = make_entry(fmt::format("event-{}", ++accepted_), at(1), {});
    entry.event->body = fmt::format(R"({{"n":"{:0>4000}"}})", accepted_);
    batch.events.push_back(std::move(entry));
    check(opened_.store->commit(batch));
  }
  Result<BackupResult> make(bool replace = false) {
    BackupOptions options{.store = {},
                          .file = file_,
                          .replace = replace,
                          .mark = {.made = at(0), .mih = "test"},
                          .progress = [](std::string_view, std::int64_t, std::int64_t) {}};
    options.store.dir = data_.path();
    options.store.vfs = disk_.name();
    return back_up(options);
  }
  std::vector<std::string> files() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(backups_.path()))
      names.push_back(entry.path().filename().string());
    return names;
  }
  void expect_failure(const Result<BackupResult>& made, ErrorCode code, std::string_view why) {
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, code) << made.error().detail;
    EXPECT_THAT(made.error().detail, HasSubstr(why));
    EXPECT_TRUE(files().empty()) << files().front();
    accept();  // the hub goes on
    EXPECT_EQ(value_of(opened_.reader->totals()).events_accepted, accepted_);
  }

  RecordingVfs disk_{"failing-backup-disk"};
  TemporaryDirectory data_;
  TemporaryDirectory backups_;
  fs::path file_ = backups_.path() / "hub.backup";
  Opened opened_;
  std::int64_t accepted_ = 0;
};

/// At the first write, in the middle, and so on, until there are no more writes to fail.
TEST_F(BackupTest, ADiskThatFillsUpOnTheWayLeavesNothingBehind) {
  int failed = 0;
  for (int writes = 0;; writes = writes * 3 + 1) {
    SCOPED_TRACE(writes);
    disk_.fail_writes(SQLITE_FULL, writes, 1'000'000);
    const auto made = make();
    if (!disk_.heal()) break;
    expect_failure(made, ErrorCode::kDiskFull, "the disk is full; free some disk space");
    ++failed;
  }
  EXPECT_GT(failed, 3);
  EXPECT_EQ(files(), std::vector<std::string>{"hub.backup"});
}

TEST_F(BackupTest, NeitherDoesOneThatFailsInTheMiddle) {
  for (const int writes : {0, 20, 100}) {
    SCOPED_TRACE(writes);
    disk_.fail_writes(SQLITE_IOERR_WRITE, writes, 1'000'000);
    const auto made = make();
    ASSERT_TRUE(disk_.heal());
    expect_failure(made, ErrorCode::kStoreFailed, "");
  }
}

TEST_F(BackupTest, WhatCannotBeReadBackIsNoBackup) {
  int failed = 0;
  for (int reads = 10;; reads *= 2) {
    SCOPED_TRACE(reads);
    disk_.fail_reads(SQLITE_IOERR_READ, reads, 1'000'000);
    const auto made = make();
    if (!disk_.heal()) break;
    expect_failure(made, ErrorCode::kStoreFailed, "");
    ++failed;
  }
  EXPECT_GT(failed, 3);
}

/// The mark behind the database is written without SQLite.
TEST_F(BackupTest, TheLastWriteMayFailToo) {
  const auto whole = value_of(make()).bytes;
  fs::remove(file_);
  {
    const FileLimit limit(static_cast<std::uintmax_t>(whole) - 1);
    const auto made = make();
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, ErrorCode::kStoreFailed);
    EXPECT_THAT(made.error().detail, HasSubstr("cannot be written: File too large"));
    EXPECT_TRUE(files().empty()) << files().front();
  }
  EXPECT_EQ(value_of(make()).bytes, whole);
}

TEST_F(BackupTest, AnEarlierOneStaysWhenTheNextFails) {
  value_of(make());
  const auto before = content_of(file_);
  accept();
  disk_.fail_writes(SQLITE_FULL, 100, 1'000'000);
  EXPECT_EQ(make(true).error().code, ErrorCode::kDiskFull);
  disk_.heal();
  EXPECT_EQ(files(), std::vector<std::string>{"hub.backup"});
  EXPECT_EQ(content_of(file_), before);
  EXPECT_EQ(value_of(make(true)).contents.events_accepted, accepted_);
}

}  // namespace
}  // namespace mih::store::sqlite
