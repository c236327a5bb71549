#include <future>
#include <gtest/gtest.h>
#include <random>
#include <set>

#include "store/writer.hpp"
#include "support/recording_vfs.hpp"
#include "support/stores.hpp"

/// That nothing is answered before it is durable, and that what was answered survives a power cut.
/// kill -9 cannot show this: the kernel keeps what was written and not synced.
namespace mih::store {
namespace {

using namespace mih::test;

sqlite::Options options_for(const TemporaryDirectory& directory, const RecordingVfs& vfs) {
  sqlite::Options options;
  options.dir = directory.path();
  options.vfs = vfs.name();
  return options;
}

class AnswerTest : public testing::Test {
 protected:
  /// Accepts events one request after another through a writer; true if the recording finds that an
  /// answer left too early.
  bool answers_too_early(bool sync) {
    sqlite::Options options = options_for(directory_, vfs_);
    options.sync = sync;
    auto opened = value_of(sqlite::open(options));
    Writer writer{*opened.store, clock_, {}};
    for (int i = 0; i < 20; ++i) {
      std::vector<EventEntry> events;
      events.push_back(make_entry("id-" + std::to_string(i), at(i), {}));
      std::promise<bool> accepted;
      writer.accept(std::move(events), 0, [&](const Result<Intake>& intake) {
        vfs_.answer();
        accepted.set_value(intake.has_value());
      });
      EXPECT_TRUE(accepted.get_future().get());
    }
    return vfs_.answered_too_early();
  }

  TemporaryDirectory directory_;
  RecordingVfs vfs_{"mih-test-answers"};
  SystemClock clock_;
};

TEST_F(AnswerTest, NoAnswerLeavesBeforeTheSyncOfItsCommit) {
  EXPECT_FALSE(answers_too_early(true));
}

TEST_F(AnswerTest, TheRecordingNoticesAStoreThatDoesNotSync) {
  EXPECT_TRUE(answers_too_early(false));
}

TEST_F(AnswerTest, TheRecordingNoticesADiskThatDoesNotSync) {
  vfs_.swallow_syncs();
  EXPECT_TRUE(answers_too_early(true));
}

/// A history on a disk that loses power at some operation.
class PowerCut {
 public:
  PowerCut(std::uint64_t seed, Loss loss) : random_(seed), loss_(loss) {}

  void run() {
    const std::int64_t cut_at = 1 + static_cast<std::int64_t>(random_() % 260);
    {
      opened_ = value_of(sqlite::open(options_for(directory_, vfs_)));
      value_of(opened_.store->load(kService, {}, 1));
      std::int64_t operations = 0;
      vfs_.on_operation([&](std::int64_t) {
        if (++operations != cut_at) return;
        image_ = vfs_.power_cut(loss_, random_);
        answered_at_cut_ = answered_;
        finished_at_cut_ = finished_;
      });
      for (int i = 0; i < 30; ++i)
        step(i);
      vfs_.on_operation({});
      if (image_.empty()) {
        image_ = vfs_.power_cut(loss_, random_);
        answered_at_cut_ = answered_;
        finished_at_cut_ = finished_;
      }
      opened_ = {};
    }
    vfs_.restore(image_);
    judge();
  }

 private:
  static constexpr core::ServiceId kService{1};

  void step(int i) {
    Batch batch;
    batch.now = at(i);
    for (std::uint64_t n = 1 + random_() % 5; n > 0; --n) {
      batch.events.push_back(
          make_entry("id-" + std::to_string(++last_id_), at(i), {{core::RuleId{1}, kService, ""}}));
    }
    for (const auto& delivery : open_) {
      const bool ends = random_() % 2 == 0;
      batch.updates.push_back(ends ? delivered(delivery, at(i)) : retrying(delivery, at(i)));
    }
    check(opened_.store->commit(batch));
    for (const auto& entry : batch.events)
      answered_.insert(entry.event->id);
    for (const auto& update : batch.updates) {
      if (update.progress.state == core::DeliveryState::kDelivered) finished_.insert(update.key);
    }
    open_ = std::move(batch.ready);
  }

  /// What was answered is there, and every delivery is finished or handed out again.
  void judge() {
    sqlite::Options options;
    options.dir = directory_.path();
    auto opened = value_of(sqlite::open(options));
    for (const auto& id : answered_at_cut_) {
      EXPECT_TRUE(value_of(opened.reader->event("default", id))) << id << " was answered and lost";
    }
    const Window window = value_of(opened.store->load(kService, {}, 100'000));
    const auto totals = value_of(opened.reader->totals());
    EXPECT_EQ(std::ssize(window.deliveries), totals.open());
    EXPECT_GE(totals.events_accepted, std::ssize(answered_at_cut_));
    EXPECT_GE(totals.delivered, std::ssize(finished_at_cut_));
    for (const auto& delivery : window.deliveries) {
      EXPECT_FALSE(finished_at_cut_.contains(delivery.key)) << "recorded as delivered and lost";
    }
  }

  std::mt19937_64 random_;
  Loss loss_;
  TemporaryDirectory directory_;
  RecordingVfs vfs_{"mih-test-power"};
  sqlite::Opened opened_;
  std::vector<core::Delivery> open_;
  std::uint64_t last_id_ = 0;
  std::set<std::string> answered_, answered_at_cut_;
  std::set<core::DeliveryKey> finished_, finished_at_cut_;
  RecordingVfs::Image image_;
};

class PowerCutTest : public testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Seeds, PowerCutTest, testing::Range<std::uint64_t>(1, 26));

TEST_P(PowerCutTest, WhatWasAnsweredSurvivesTheLossOfAllUnsyncedWrites) {
  PowerCut{GetParam(), Loss::kAll}.run();
}

TEST_P(PowerCutTest, WhatWasAnsweredSurvivesTheLossOfSomeUnsyncedWrites) {
  PowerCut{GetParam(), Loss::kSome}.run();
}

/// The same history on a disk that fails once, at each operation in turn.
class FailingDiskTest : public testing::Test {
 protected:
  /// Commits the same events again until the store takes them; returns the codes of failures.
  std::vector<ErrorCode> run(sqlite::Opened& opened) {
    std::vector<ErrorCode> codes;
    std::vector<core::Delivery> open;
    for (int i = 0; i < 6; ++i) {
      Batch batch;
      batch.now = at(i * 10);
      batch.events.push_back(
          make_entry("id-" + std::to_string(i), at(i), {{core::RuleId{1}, kService, ""}}));
      for (const auto& delivery : open)
        batch.updates.push_back(dead(delivery, at(i)));
      batch.calls.push_back(make_call(kService, at(i), true));
      for (int tries = 0; tries < 4; ++tries) {
        const std::string before = totals_of(opened);
        const auto done = opened.store->commit(batch);
        if (done) break;
        codes.push_back(done.error().code);
        EXPECT_TRUE(batch.ready.empty());
        EXPECT_EQ(totals_of(opened), before) << "a commit that failed changed something";
      }
      open = std::move(batch.ready);
    }
    return codes;
  }
  static std::string totals_of(sqlite::Opened& opened) {
    const auto totals = value_of(opened.reader->totals());
    return std::to_string(totals.events_accepted) + " " + std::to_string(totals.dead);
  }
  void expect_complete(sqlite::Opened& opened) {
    const auto totals = value_of(opened.reader->totals());
    EXPECT_EQ(totals.events_accepted, 6);
    EXPECT_EQ(totals.duplicates, 0);
    EXPECT_EQ(totals.dead, 5);
    EXPECT_EQ(totals.open(), 1);
    EXPECT_EQ(value_of(opened.reader->dead_letters({}, {})).size(), 5U);
  }

  static constexpr core::ServiceId kService{1};
};

TEST_F(FailingDiskTest, AFullDiskChangesNothingAndTheStoreGoesOn) {
  bool failed = false;
  for (int position = 0; position < 60; position += 3) {
    SCOPED_TRACE(position);
    TemporaryDirectory directory;
    RecordingVfs vfs{"mih-test-full"};
    auto opened = value_of(sqlite::open(options_for(directory, vfs)));
    value_of(opened.store->load(kService, {}, 1));
    vfs.fail_writes(SQLITE_FULL, position, 2);
    const auto codes = run(opened);
    failed |= !codes.empty();
    for (const auto code : codes)
      EXPECT_EQ(code, ErrorCode::kDiskFull);
    expect_complete(opened);
  }
  EXPECT_TRUE(failed);
}

TEST_F(FailingDiskTest, AnInputOutputErrorChangesNothingAndTheStoreGoesOn) {
  bool failed = false;
  for (int position = 0; position < 60; position += 3) {
    SCOPED_TRACE(position);
    TemporaryDirectory directory;
    RecordingVfs vfs{"mih-test-error"};
    {
      auto opened = value_of(sqlite::open(options_for(directory, vfs)));
      value_of(opened.store->load(kService, {}, 1));
      if (position % 2 == 0)
        vfs.fail_writes(SQLITE_IOERR_WRITE, position, 2);
      else
        vfs.fail_syncs(SQLITE_IOERR_FSYNC, position / 10, 2);
      const auto codes = run(opened);
      failed |= !codes.empty();
      for (const auto code : codes)
        EXPECT_EQ(code, ErrorCode::kStoreFailed);
      expect_complete(opened);
    }
    auto again = value_of(sqlite::open(options_for(directory, vfs)));
    expect_complete(again);
  }
  EXPECT_TRUE(failed);
}

}  // namespace
}  // namespace mih::store
