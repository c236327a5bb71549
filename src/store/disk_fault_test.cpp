#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <optional>
#include <random>

#include "support/recording_vfs.hpp"
#include "support/stores.hpp"

/// Histories on a disk that fails, loses power, or loses what it could not sync; over seeds. After
/// each crash the store is opened again and holds all that was acknowledged, and of what was not,
/// whole commits or nothing.
namespace mih::store {
namespace {

using namespace mih::test;
using core::DeliveryState;
using testing::HasSubstr;

/// What a store must hold, as text: each event with its deliveries, and the totals.
class Model {
 public:
  void apply(const Batch& batch) {
    for (const auto& entry : batch.events) {
      accepted_[entry.event->id].assign(entry.fan_out.size(), {});
    }
    for (const auto& update : batch.updates) {
      auto& delivery = accepted_.at(event_ids_.at(update.key.event))[update.key.ordinal];
      delivery = {update.progress.state, update.progress.attempts.size()};
    }
  }
  /// Which event a number stands for; known once its commit has succeeded.
  void number(const core::Event& event) { event_ids_[event.seq] = event.id; }

  std::string text() const {
    std::string text;
    std::int64_t delivered = 0;
    std::int64_t dead = 0;
    for (const auto& [id, deliveries] : accepted_) {
      text += id;
      for (const auto& [state, attempts] : deliveries) {
        text += fmt::format(" {}/{}", core::name_of(state), attempts);
        delivered += state == DeliveryState::kDelivered ? 1 : 0;
        dead += state == DeliveryState::kDead ? 1 : 0;
      }
      text += '\n';
    }
    return text + fmt::format("{} delivered, {} dead\n", delivered, dead);
  }

 private:
  std::map<std::string, std::vector<std::pair<DeliveryState, std::size_t>>> accepted_;
  std::map<core::EventSeq, std::string> event_ids_;
};

/// The same of a store.
std::string text_of(Reader& reader) {
  std::map<std::string, std::string> events;
  for (const auto& event : value_of(reader.events({}, {.limit = 100'000, .before = 0}))) {
    std::string& line = events[event.id] = event.id;
    for (const auto& row : value_of(reader.deliveries_of(event.seq))) {
      line +=
          fmt::format(" {}/{}", core::name_of(row.progress.state), row.progress.attempts.size());
    }
  }
  std::string text;
  for (const auto& [id, line] : events)
    text += line + '\n';
  const auto totals = value_of(reader.totals());
  EXPECT_EQ(totals.events_accepted, std::ssize(events));
  EXPECT_EQ(value_of(reader.dead_letter_count()), totals.dead);
  EXPECT_EQ(value_of(reader.dead_letters({}, {.limit = 100'000, .before = 0})).size(), totals.dead);
  return text + fmt::format("{} delivered, {} dead\n", totals.delivered, totals.dead);
}

/// A connection beside the store that holds a snapshot, so that checkpoints stay incomplete.
class Bystander {
 public:
  Bystander(const std::filesystem::path& file, const std::string& vfs) {
    sqlite3_open_v2(file.c_str(), &db_, SQLITE_OPEN_READONLY, vfs.c_str());
    ask("BEGIN; SELECT count(*) FROM sqlite_master");
  }
  ~Bystander() { sqlite3_close(db_); }
  Bystander(const Bystander&) = delete;
  Bystander& operator=(const Bystander&) = delete;

  /// The last value of the last row.
  std::string ask(const char* sql) {
    std::string answer;
    const auto keep = [](void* into, int, char** values, char**) {
      *static_cast<std::string*>(into) = values[0] ? values[0] : "";
      return 0;
    };
    sqlite3_exec(db_, sql, keep, &answer, nullptr);
    return answer;
  }

 private:
  sqlite3* db_ = nullptr;
};

class Ordeal {
 public:
  explicit Ordeal(std::uint64_t seed) : random_(seed) {}

  void run() {
    open();
    for (int life = 0; life < 4 && !testing::Test::HasFailure(); ++life) {
      live();
      crash();
      open();
      judge();
    }
  }

  int crashes_inside_ = 0;
  int failed_commits_ = 0;
  int given_up_ = 0;

 private:
  static constexpr core::ServiceId kService{1};

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

  sqlite::Options options() {
    sqlite::Options options;
    options.dir = directory_.path();
    options.vfs = vfs_.name();
    options.checkpoint_pages = 24;
    options.give_up = [this](const Error&) { gave_up_ = true; };
    return options;
  }

  void open() {
    gave_up_ = false;
    if (below(4) == 0) open_on_a_failing_disk();
    opened_ = value_of(sqlite::open(options()));
    open_ = value_of(opened_.store->load(kService, {}, 100'000)).deliveries;
  }

  void open_on_a_failing_disk() {
    const auto before = vfs_.kill();
    fail_something();
    const auto opened = sqlite::open(options());
    if (!opened) {
      EXPECT_TRUE(opened.error().code == ErrorCode::kDiskFull ||
                  opened.error().code == ErrorCode::kStoreFailed)
          << opened.error().detail;
    }
    vfs_.heal();
  }

  void fail_something() {
    const int after = static_cast<int>(below(30));
    const int times = 1 + static_cast<int>(below(3));
    const auto then = static_cast<FailedSync>(below(3));
    switch (below(5)) {
      case 0:
        return vfs_.fail_writes(SQLITE_FULL, after, times);
      case 1:
        return vfs_.fail_writes(SQLITE_IOERR_WRITE, after, times);
      case 2:
        return vfs_.fail_reads(SQLITE_IOERR_READ, after, times);
      default:
        return vfs_.fail_syncs(SQLITE_IOERR_FSYNC, after / 4, times, then);
    }
  }

  /// Some commits, with trouble. The crash comes at one of the disk's operations or at the end.
  void live() {
    image_.clear();
    in_flight_ = nullptr;
    std::int64_t operations = 0;
    const auto crash_at = 1 + static_cast<std::int64_t>(below(400));
    vfs_.on_operation([&](std::int64_t) {
      if (++operations == crash_at) take_image();
    });
    const auto steps = 5 + below(25);
    for (std::uint64_t i = 0; i < steps && image_.empty(); ++i)
      step();
    vfs_.on_operation({});
    if (image_.empty()) {
      take_image();
    } else {
      ++crashes_inside_;
    }
  }

  void step() {
    switch (below(12)) {
      case 0:
        return fail_something();
      case 1:
        vfs_.heal();
        return;
      case 2:
        bystander_.emplace(directory_.path() / "mih.db", vfs_.name());
        return;
      case 3:
        return bystander_.reset();
      case 4:
        (void)opened_.store->maintain(at(++time_));
        return;
      case 5:
        (void)opened_.store->flush(at(++time_));
        return;
      default:
        return commit();
    }
  }

  Batch make_batch() {
    Batch batch;
    batch.now = at(++time_);
    for (std::uint64_t n = below(6); n > 0; --n) {
      auto entry = make_entry("id-" + std::to_string(++last_id_), batch.now,
                              {{core::RuleId{1}, kService, ""}, {core::RuleId{2}, kService, ""}});
      if (below(3) == 0) {
        auto large = std::make_shared<core::Event>(*entry.event);
        large->body.append(below(20'000), 'x');
        entry.event = std::move(large);
      }
      batch.events.push_back(std::move(entry));
    }
    for (const auto& delivery : open_) {
      const auto dice = below(8);
      if (dice == 0) batch.updates.push_back(dead(delivery, batch.now));
      if (dice == 1 || dice == 2) batch.updates.push_back(retrying(delivery, batch.now));
      if (dice > 4) batch.updates.push_back(delivered(delivery, batch.now));
    }
    batch.calls.push_back(make_call(kService, batch.now, true));
    return batch;
  }

  void commit() {
    Batch batch = make_batch();
    in_flight_ = &batch;
    const auto done = opened_.store->commit(batch);
    in_flight_ = nullptr;
    if (!image_.empty()) return;  // whatever came of it, the crash was before
    const bool struck = vfs_.heal();
    if (!done) {
      ++failed_commits_;
      EXPECT_TRUE(struck || gave_up_) << "failed on a disk that is well: " << done.error().detail;
      EXPECT_TRUE(done.error().code == ErrorCode::kDiskFull ||
                  done.error().code == ErrorCode::kStoreFailed)
          << done.error().detail;
      EXPECT_TRUE(batch.ready.empty());
      if (gave_up_) {  // the process ends
        ++given_up_;
        return take_image();
      }
      EXPECT_EQ(text_of(*opened_.reader), held_.text()) << "a failed commit changed something";
      attempts_.push_back(with(batch));
      return;
    }
    for (const auto& entry : batch.events)
      held_.number(*entry.event);
    held_.apply(batch);
    attempts_.clear();
    settle(batch);
  }

  Model with(const Batch& batch) const {
    Model model = held_;
    model.apply(batch);
    return model;
  }

  /// What is open after a commit.
  void settle(Batch& batch) {
    for (auto& update : batch.updates) {
      const auto found = std::ranges::find(open_, update.key, &core::Delivery::key);
      found->progress = update.progress;
      const auto state = update.progress.state;
      if (state != DeliveryState::kRetrying) open_.erase(found);
    }
    std::ranges::move(batch.ready, std::back_inserter(open_));
  }

  void take_image() {
    image_ = below(3) == 0 ? vfs_.kill() : vfs_.power_cut(static_cast<Loss>(below(3)), random_);
    may_hold_ = attempts_;
    if (in_flight_) may_hold_.push_back(with(*in_flight_));
    may_hold_.push_back(held_);
  }

  void crash() {
    bystander_.reset();
    opened_ = {};
    vfs_.heal();
    vfs_.restore(image_);
    attempts_.clear();
  }

  void judge() {
    Bystander auditor{directory_.path() / "mih.db", vfs_.name()};
    EXPECT_EQ(auditor.ask("PRAGMA integrity_check"), "ok");
    const std::string found = text_of(*opened_.reader);
    const auto same = std::ranges::find(may_hold_, found, &Model::text);
    ASSERT_NE(same, may_hold_.end()) << "found:\n" << found << "instead of:\n" << held_.text();
    held_ = *same;
    for (const auto& event : value_of(opened_.reader->events({}, {.limit = 100'000, .before = 0})))
      held_.number(event);
    EXPECT_EQ(std::ssize(open_), value_of(opened_.reader->totals()).open());
  }

  std::mt19937_64 random_;
  TemporaryDirectory directory_;
  RecordingVfs vfs_{"mih-test-ordeal"};
  sqlite::Opened opened_;
  std::optional<Bystander> bystander_;
  bool gave_up_ = false;
  std::int64_t time_ = 0;
  std::uint64_t last_id_ = 0;
  std::vector<core::Delivery> open_;
  Model held_;                   ///< with all that was acknowledged
  std::vector<Model> attempts_;  ///< after each failed commit since then, had it succeeded
  const Batch* in_flight_ = nullptr;
  RecordingVfs::Image image_;    ///< what the crash leaves; empty before it
  std::vector<Model> may_hold_;  ///< after the crash
};

TEST(DiskFaultTest, WhatWasAcknowledgedSurvivesAnyTrouble) {
  int inside = 0;
  int failed = 0;
  int given_up = 0;
  const char* const wanted = std::getenv("MIH_SEEDS");
  const std::uint64_t seeds = wanted ? std::strtoull(wanted, nullptr, 10) : 40;
  for (std::uint64_t seed = 1; seed <= seeds && !HasFailure(); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Ordeal ordeal{seed};
    ordeal.run();
    inside += ordeal.crashes_inside_;
    failed += ordeal.failed_commits_;
    given_up += ordeal.given_up_;
  }
  EXPECT_GT(inside, 0);
  EXPECT_GT(failed, 0);
  EXPECT_GT(given_up, 0);
}

/// One commit after another, each of one event, and what of them a new start finds.
class LostSyncTest : public testing::Test {
 protected:
  LostSyncTest() { open(); }

  void open() {
    sqlite::Options options;
    options.dir = directory_.path();
    options.vfs = vfs_.name();
    options.checkpoint_pages = 40;
    options.give_up = [this](const Error& error) { gave_up_ = error.detail; };
    opened_ = value_of(sqlite::open(options));
  }
  bool commit(const std::string& id) {
    Batch batch;
    batch.now = at(++time_);
    auto entry = make_entry(id, batch.now, {});
    auto event = std::make_shared<core::Event>(*entry.event);
    event->body.append(20'000, 'x');  // on pages of its own
    entry.event = std::move(event);
    batch.events.push_back(std::move(entry));
    return opened_.store->commit(batch).has_value();
  }
  /// Idle, a few pages in the log are enough.
  void checkpoint() { (void)opened_.store->maintain(at(++time_)); }
  void restart(const RecordingVfs::Image& image) {
    opened_ = {};
    vfs_.restore(image);
    open();
  }
  bool holds(const std::string& id) {
    const auto event = value_of(opened_.reader->event("default", id));
    return event && event->body.ends_with("xxx");
  }

  std::mt19937_64 random_{1};
  TemporaryDirectory directory_;
  RecordingVfs vfs_{"mih-test-lost"};
  sqlite::Opened opened_;
  std::string gave_up_;
  std::int64_t time_ = 0;
};

TEST_F(LostSyncTest, ACommitThatCouldNotBeSyncedIsWrittenAgainByTheNext) {
  ASSERT_TRUE(commit("first"));
  vfs_.fail_syncs(SQLITE_IOERR_FSYNC, 0, 1, FailedSync::kMarksClean);
  ASSERT_FALSE(commit("refused"));
  ASSERT_TRUE(commit("second"));
  restart(vfs_.power_cut(Loss::kAll, random_));
  EXPECT_TRUE(holds("first"));
  EXPECT_TRUE(holds("second"));
}

/// What a killed hub could not sync is still read from the page cache after the start, but may
/// never reach the disk: what is committed behind it in the log would be lost with it.
TEST_F(LostSyncTest, AStartDoesNotTrustALogThatWasNotSynced) {
  ASSERT_TRUE(commit("first"));
  vfs_.fail_syncs(SQLITE_IOERR_FSYNC, 0, 1, FailedSync::kMarksClean);
  ASSERT_FALSE(commit("refused"));
  restart(vfs_.kill());
  ASSERT_TRUE(commit("second"));
  restart(vfs_.power_cut(Loss::kAll, random_));
  EXPECT_TRUE(holds("first"));
  EXPECT_TRUE(holds("second"));
}

/// A checkpoint that a reader cut short has written pages that were not synced. When the sync of
/// the next one fails, nobody writes them again.
TEST_F(LostSyncTest, AfterACheckpointThatCouldNotBeSyncedOnlyANewStartGoesOn) {
  ASSERT_TRUE(commit("first"));
  {
    const Bystander reader{directory_.path() / "mih.db", vfs_.name()};
    ASSERT_TRUE(commit("second"));
    checkpoint();
  }
  vfs_.fail_syncs(SQLITE_IOERR_FSYNC, 1, 1, FailedSync::kMarksClean);
  checkpoint();
  ASSERT_TRUE(vfs_.heal());
  EXPECT_THAT(gave_up_, HasSubstr("start"));
  EXPECT_FALSE(commit("refused"));
  restart(vfs_.kill());
  ASSERT_TRUE(commit("third"));
  checkpoint();
  ASSERT_TRUE(commit("fourth"));
  restart(vfs_.power_cut(Loss::kAll, random_));
  for (const char* id : {"first", "second", "third", "fourth"})
    EXPECT_TRUE(holds(id)) << id;
}

}  // namespace
}  // namespace mih::store
