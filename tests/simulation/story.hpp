#pragma once

#include <string>
#include <vector>

#include "simulation/hub.hpp"
#include "simulation/schedule.hpp"
#include "simulation/simulation.hpp"

namespace mih::simulation {

/// One run: a hub with its services, everything that the schedule does to it, and the quiet time
/// after which everything must have ended.
class Story {
 public:
  Story(std::uint64_t seed, Trace::Sink sink);
  Outcome run();

 private:
  // story.cpp
  void set_up();
  void plan();
  template <class Act>
  void plan_times(int count, Act act);
  void advance_until(SteadyTime time);
  template <class Condition>
  void advance_until_true(nanoseconds limit, Condition condition);
  void settle();
  void open_everything();
  void check_outage();
  void count_what_happened();

  // story_acts.cpp
  void post_burst();
  std::shared_ptr<core::Event> make_event();
  void change_mood();
  void edit();
  void edit_service(core::Service service);
  void edit_rule(core::Rule rule);
  void intervene();
  void kill();
  void stop();
  void end_stop(SteadyTime patience_over);
  void start_again(nanoseconds after);
  void break_disk();
  void set_clock();
  void leave();
  void change_person();
  void call();
  void enqueue();
  void begin_outage(core::ServiceId service);
  std::vector<core::DeadLetterId> some_letters();

  Timeline timeline_;
  Trace trace_;
  Random random_;
  Schedule schedule_;
  store::memory::MemoryStore store_;
  Judge judge_;
  Network network_;
  Moodle moodle_;
  Hub hub_;
  bool settling_ = false;
  int last_event_ = 0;
  int last_number_ = 100;  ///< of services and rules that are made on the way
  std::int64_t steps_ = 0;
  Tally tally_;
};

}  // namespace mih::simulation
