#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "core/delivery.hpp"
#include "core/site_exchange.hpp"
#include "engine/enrichment.hpp"

namespace mih::delivery {

/// What a site said of a person or a course.
struct Known {
  std::string json;  ///< "" = there is no such id
  SteadyTime good_until{};
  bool outdated = false;  ///< it was changed since

  bool is_good(SteadyTime now) const { return !outdated && now < good_until; }
};

/// Asks a site; the answer comes back through Enricher::on_found(), on_away() or on_refused().
struct SiteQuery {
  std::string site;
  core::LookUp wanted;
};

/// Knows for a time what sites said of people and courses (also that there is none), and gathers
/// what is still to be asked. What deliveries hold of it stays known beyond the bounds, so that it
/// can become out of date. Decides; does no I/O and reads no clock.
class Enricher {
 public:
  struct Waiter {
    core::ServiceId service;
    core::DeliveryKey key;
    auto operator<=>(const Waiter&) const = default;
  };
  using Waiters = std::set<Waiter>;

  static constexpr std::chrono::minutes kUserGood{10};
  static constexpr std::chrono::minutes kCourseGood{60};
  static constexpr std::size_t kMostKnown = 20'000;
  static constexpr std::size_t kMostBytes = 32 << 20;
  static constexpr std::size_t kMostInQuery = 500;

  /// Null when it has to be asked.
  std::shared_ptr<const Known> find(const std::string& site, const engine::SiteObject& object,
                                    SteadyTime now);
  /// The waiter is to be told when the object is known.
  void want(const std::string& site, const engine::SiteObject& object, const Waiter& waiter);
  /// What is to be asked now.
  std::vector<SiteQuery> take_queries(SteadyTime now);
  /// When take_queries() will have something although nothing happened.
  std::optional<SteadyTime> next_query() const;

  /// Each returns those who waited for it and can go on now.
  Waiters on_found(const SiteQuery& query, const core::LookedUp& answer, SteadyTime now);
  Waiters on_refused(const SiteQuery& query);
  /// The site cannot be asked before that time; then it is asked again.
  void on_away(const SiteQuery& query, SteadyTime retry_at);

  /// What is known of the object is out of date.
  void forget(const std::string& site, const engine::SiteObject& object);

  std::size_t size() const { return index_.size(); }

 private:
  using Key = std::pair<std::string, engine::SiteObject>;
  struct Entry {
    Key key;
    std::shared_ptr<Known> known;
  };
  struct Wanted {
    Waiters waiters;
    bool asked = false;
    bool changed = false;  ///< since it was asked
  };
  struct Site {
    std::map<engine::SiteObject, Wanted> wanted;
    std::set<engine::SiteObject> unasked;
    SteadyTime not_before{};
  };

  void keep(Key key, std::string json, SteadyTime now);
  void drop(std::list<Entry>::iterator entry);
  /// Makes room, unless a delivery holds the one that was used longest ago.
  void evict_last();
  Waiters settle(Site& site, const engine::SiteObject& object);

  std::list<Entry> entries_;  ///< last used first
  std::map<Key, std::list<Entry>::iterator> index_;
  std::size_t bytes_ = 0;
  std::map<std::string, Site> sites_;  ///< of which something is wanted
};

}  // namespace mih::delivery
