#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "core/rule.hpp"
#include "core/site.hpp"
#include "engine/subscriptions.hpp"

namespace mih::api {

/// What a site tells about itself; what is missing stays as it was.
struct SiteReport {
  std::optional<std::int64_t> list_version;  ///< of the subscription list that it goes by
  std::optional<std::int64_t> outbox_rows;
  std::optional<std::string> plugin_version;
  std::optional<std::string> moodle_version;
};

/// What a site shows to be connected.
struct ConnectRequest {
  Sha256 code_hash{};
  std::string wwwroot;
  SiteReport report;
};

/// What it gets: its secrets, this once.
struct Connected {
  core::Site site;
  std::string token;
};

/// The Moodles of this hub. Part of Hub; the same rules hold.
class Sites {
 public:
  template <class T>
  using Answer = std::move_only_function<void(Result<T>)>;

  virtual ~Sites() = default;

  /// In the order of their ids.
  virtual std::vector<core::Site> sites() const = 0;
  virtual std::shared_ptr<const core::Subscriptions> subscriptions() const = 0;
  virtual engine::CaptureState capture_state(const core::Rule& rule) const = 0;

  virtual void save_site(core::Site site, Answer<core::Site> answer) = 0;
  /// Its token stops working.
  virtual void remove_site(core::SiteId site, Answer<bool> answer) = 0;
  /// Uses up a one-time code. kForbidden when it is not valid.
  virtual void connect_site(ConnectRequest request, Answer<Connected> answer) = 0;
  virtual void save_catalogue(core::SiteId site, std::string events, Answer<bool> answer) = 0;

  /// For an hour sites send samples of what the pattern allows; those that ask again at once change
  /// nothing.
  virtual void request_samples(const std::string& pattern) = 0;

  /// Called with every request of a token that is bound to a site. Returns the version of the
  /// subscription list if that is a connected site.
  virtual std::optional<std::int64_t> heard_from(std::string_view site, SiteReport report) = 0;
};

}  // namespace mih::api
