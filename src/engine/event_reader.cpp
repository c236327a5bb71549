#include "engine/event_reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include "base/uuid.hpp"

namespace mih::engine {
namespace {

using json::Kind;
using json::Value;

constexpr std::size_t kMaxName = 255;
constexpr std::size_t kMaxId = 64;
constexpr std::size_t kMaxSite = 255;

/// A member of an event that the hub treats in its own way.
struct KnownMember {
  std::string_view name;
  bool integer = false;   ///< digits in quotes become an integer
  bool identity = false;  ///< null in anonymous events
};

/// All names that Moodle and the hub use, by length, so that a name is compared with the few of its
/// length only.
constexpr std::array<KnownMember, 23> kKnown{{
    {"id"},
    {"ip", false, true},
    {"hop"},
    {"crud"},
    {"site"},
    {"other"},
    {"action"},
    {"origin"},
    {"target"},
    {"userid", true, true},
    {"courseid", true},
    {"edulevel", true},
    {"objectid", true},
    {"anonymous", true},
    {"component"},
    {"contextid", true},
    {"eventname"},
    {"realuserid", true, true},
    {"objecttable"},
    {"timecreated", true},
    {"contextlevel", true},
    {"relateduserid", true, true},
    {"contextinstanceid", true},
}};
constexpr std::size_t kLongestName = kKnown.back().name.size();
static_assert(std::ranges::is_sorted(kKnown, {},
                                     [](const KnownMember& m) { return m.name.size(); }));

/// Index of the first known name that is at least this long.
constexpr auto kFirstOfLength = [] {
  std::array<std::size_t, kLongestName + 2> first{};
  for (std::size_t length = 0, i = 0; length < first.size(); ++length) {
    while (i < kKnown.size() && kKnown[i].name.size() < length)
      ++i;
    first[length] = i;
  }
  return first;
}();

constexpr std::size_t kUnknown = kKnown.size();
constexpr std::size_t kNotThere = static_cast<std::size_t>(-1);

constexpr std::size_t known_member(std::string_view name) {
  if (name.size() > kLongestName) return kUnknown;
  for (std::size_t i = kFirstOfLength[name.size()]; i < kFirstOfLength[name.size() + 1]; ++i) {
    if (kKnown[i].name == name) return i;
  }
  return kUnknown;
}

constexpr std::size_t kId = known_member("id");
constexpr std::size_t kSite = known_member("site");
constexpr std::size_t kAnonymous = known_member("anonymous");
constexpr std::size_t kEventname = known_member("eventname");
constexpr std::size_t kTimecreated = known_member("timecreated");

/// A change of the posted text; bytes count from the beginning of the document.
struct Edit {
  std::size_t begin;
  std::size_t end;
  std::string replacement;
};

std::string apply(const Value& object, const std::vector<Edit>& edits, std::string_view appended) {
  const std::string_view raw = object.raw();
  std::string body;
  body.reserve(raw.size() + appended.size() + 16);
  std::size_t copied = object.begin();
  for (const Edit& edit : edits) {
    body += raw.substr(copied - object.begin(), edit.begin - copied);
    body += edit.replacement;
    copied = edit.end;
  }
  body += raw.substr(copied - object.begin());
  body.insert(body.size() - 1, appended);
  return body;
}

/// `-?[0-9]{1,18}`
std::optional<std::int64_t> integer_text(const Value& value) {
  constexpr std::size_t kMostDigits = 18;
  if (!value.is_string()) return std::nullopt;
  std::string decoded;
  std::string_view text = value.raw_string();
  if (text.find('\\') != std::string_view::npos) text = decoded = value.as_string();
  const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
  if (digits.empty() || digits.size() > kMostDigits) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (status != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// `\\?[A-Za-z0-9_]+(\\[A-Za-z0-9_]+)+`
bool is_event_name(std::string_view name) {
  if (name.starts_with('\\')) name.remove_prefix(1);
  std::size_t parts = 0;
  for (std::size_t begin = 0; begin <= name.size(); ++parts) {
    const std::size_t end = std::min(name.find('\\', begin), name.size());
    const std::string_view part = name.substr(begin, end - begin);
    const bool good = !part.empty() && std::ranges::all_of(part, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    });
    if (!good) return false;
    begin = end + 1;
  }
  return parts >= 2;
}

bool is_visible_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; });
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

bool means_anonymous(const Value& value) {
  if (value.kind() == Kind::kTrue) return true;
  if (value.is_string()) return integer_text(value) == 1;
  return value.is_number() && value.as_double() == 1.0;
}

/// Reads one posted event from its members to its stored form.
class Reading {
 public:
  Reading(const Value& posted, std::string_view token_site, Now now)
      : posted_(posted), token_site_(token_site), now_(now) {
    last_.fill(kNotThere);
  }

  std::expected<std::shared_ptr<core::Event>, Rejection> run(bool keep_identities) {
    collect();
    auto event = std::make_shared<core::Event>();
    for (auto step : {&Reading::read_name, &Reading::read_id, &Reading::read_site}) {
      if (auto rejection = (this->*step)(*event)) return std::unexpected(std::move(*rejection));
    }
    if (last_[kTimecreated] == kNotThere) {
      appended_ += ",\"timecreated\":" + std::to_string(to_unix_s(now_.wall));
    }
    const bool hide = !keep_identities && last_[kAnonymous] != kNotThere &&
                      means_anonymous(members_[last_[kAnonymous]].value);
    event->body = apply(posted_, edits(hide), appended_);
    event->accepted = now_.wall;
    return event;
  }

 private:
  struct Member {
    Value key;
    Value value;
    std::size_t known = kUnknown;
    bool repeated_later = false;
  };

  static std::optional<Rejection> invalid(std::string error) {
    return Rejection{"validation_failed", std::move(error)};
  }

  void collect() {
    members_.reserve(posted_.size());
    std::vector<std::pair<std::string, std::size_t>> unknown;
    posted_.each_member([&](const Value& key, const Value& value) {
      const std::size_t index = members_.size();
      const bool escaped = key.raw_string().find('\\') != std::string_view::npos;
      const std::string decoded = escaped ? key.as_string() : std::string{};
      const std::string_view name = escaped ? std::string_view{decoded} : key.raw_string();
      const std::size_t known = known_member(name);
      if (known == kUnknown) {
        unknown.emplace_back(name, index);
      } else {
        if (last_[known] != kNotThere) members_[last_[known]].repeated_later = true;
        last_[known] = index;
      }
      members_.push_back({.key = key, .value = value, .known = known});
    });
    std::ranges::sort(unknown);
    for (std::size_t i = 1; i < unknown.size(); ++i) {
      if (unknown[i - 1].first == unknown[i].first) {
        members_[unknown[i - 1].second].repeated_later = true;
      }
    }
  }

  const Member* find(std::size_t known) const {
    return last_[known] == kNotThere ? nullptr : &members_[last_[known]];
  }

  std::optional<Rejection> read_name(core::Event& event) {
    const Member* member = find(kEventname);
    if (member == nullptr) return invalid("eventname is missing");
    if (!member->value.is_string()) return invalid("eventname must be a string");
    event.name = member->value.as_string();
    if (event.name.size() > kMaxName || !is_event_name(event.name)) {
      return invalid(
          "eventname must be an event class of 1 to 255 letters, digits, '_' and '\\', for "
          "instance "
          "\\core\\event\\user_created");
    }
    if (event.name.front() != '\\') {
      event.name.insert(event.name.begin(), '\\');
      name_ = json::quoted(event.name);
    }
    return std::nullopt;
  }

  std::optional<Rejection> read_id(core::Event& event) {
    const Member* member = find(kId);
    if (member == nullptr) {
      event.id = make_uuid7(now_.wall);
      appended_ += ",\"id\":\"" + event.id + '"';
      return std::nullopt;
    }
    if (member->value.is_string()) event.id = member->value.as_string();
    if (event.id.empty() || event.id.size() > kMaxId || !is_visible_ascii(event.id)) {
      return invalid("id must be a string of 1 to 64 visible ASCII characters, or be left out");
    }
    return std::nullopt;
  }

  std::optional<Rejection> read_site(core::Event& event) {
    const std::string_view fallback = token_site_.empty() ? "default" : token_site_;
    const Member* member = find(kSite);
    if (member == nullptr || member->value.is_null()) {
      event.site = fallback;
      site_ = json::quoted(event.site);
      if (member == nullptr) appended_ += ",\"site\":" + site_;
      return std::nullopt;
    }
    if (member->value.is_string()) event.site = member->value.as_string();
    if (event.site.empty() || event.site.size() > kMaxSite || has_control(event.site)) {
      return invalid("site must be a string of 1 to 255 characters, or be left out");
    }
    if (!token_site_.empty() && event.site != token_site_) {
      return Rejection{"wrong_site", "site is '" + event.site + "', but the token belongs to '" +
                                         std::string{token_site_} + "'"};
    }
    return std::nullopt;
  }

  std::vector<Edit> edits(bool hide_identities) const {
    std::vector<Edit> edits;
    for (std::size_t i = 0; i < members_.size(); ++i) {
      const Member& member = members_[i];
      if (member.repeated_later) {  // so there is a next member
        edits.push_back({member.key.begin(), members_[i + 1].key.begin(), {}});
      } else if (std::string text = replacement(member, hide_identities); !text.empty()) {
        edits.push_back({member.value.begin(), member.value.end(), std::move(text)});
      }
    }
    return edits;
  }

  /// What a member's value becomes; "" if it stays.
  std::string replacement(const Member& member, bool hide_identities) const {
    if (member.known == kUnknown) return {};
    if (member.known == kEventname) return name_;
    if (member.known == kSite) return site_;
    if (hide_identities && kKnown[member.known].identity) return "null";
    if (!kKnown[member.known].integer) return {};
    const auto number = integer_text(member.value);
    return number ? std::to_string(*number) : std::string{};
  }

  const Value& posted_;
  std::string_view token_site_;
  Now now_;
  std::vector<Member> members_;
  std::array<std::size_t, kKnown.size()> last_{};  ///< index in members_ of each known member
  std::string name_;      ///< eventname as it must be stored, "" if it is right
  std::string site_;      ///< the same for site
  std::string appended_;  ///< members that were missing
};

}  // namespace

std::expected<std::shared_ptr<core::Event>, Rejection> read_event(const json::Value& posted,
                                                                  std::string_view token_site,
                                                                  Now now, bool keep_identities) {
  if (posted.end() - posted.begin() > kMaxEventBytes) {
    return std::unexpected(Rejection{"too_large", "an event may have at most 1 MiB"});
  }
  if (!posted.is_object()) {
    return std::unexpected(Rejection{"validation_failed", "an event must be a JSON object"});
  }
  return Reading{posted, token_site, now}.run(keep_identities);
}

bool is_anonymous(const json::Value& event) {
  const auto anonymous = event.find(kKnown[kAnonymous].name);
  return anonymous && means_anonymous(*anonymous);
}

std::int64_t hops_of(const json::Value& event) {
  const auto hop = event.find("hop");
  if (!hop) return 0;
  const auto hops = hop->is_number() ? hop->as_int() : integer_text(*hop);
  return hops.value_or(0);
}

bool is_identity_field(std::string_view name) {
  const std::size_t known = known_member(name);
  return known != kUnknown && kKnown[known].identity;
}

std::string without_identities(const json::Value& event) {
  std::vector<Edit> edits;
  event.each_member([&edits](const Value& key, const Value& value) {
    const std::size_t known = known_member(key.as_string());
    if (known == kUnknown || !kKnown[known].identity) return;
    edits.push_back({value.begin(), value.end(), "null"});
  });
  return apply(event, edits, {});
}

}  // namespace mih::engine
