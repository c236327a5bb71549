#include "ingest/intake.hpp"

#include <fmt/format.h>
#include <utility>

#include "base/json.hpp"
#include "engine/cloud_event.hpp"
#include "engine/event_reader.hpp"

namespace mih::ingest {
namespace {

/// Deep enough to take in any body, so that one event that is too deep is refused alone.
constexpr json::Limits kAnyDepth{kMaxBodyBytes};

std::string describe(const json::ParseError& error) {
  return fmt::format("line {}, column {}: {}", error.line, error.column, error.message);
}

Error too_large(std::string detail) {
  return Error{ErrorCode::kTooLarge, std::move(detail), {}};
}

class EventsReader {
 public:
  EventsReader(Format format, std::string_view token_site, Now now)
      : format_(format), token_site_(token_site), now_(now) {}

  Result<Reading> read(std::string_view body) {
    return format_ == Format::kNdjson ? read_lines(body) : read_json(body);
  }

 private:
  Result<Reading> read_json(std::string_view body) {
    json::Document document;
    if (const auto parsed = document.parse(body, kAnyDepth); !parsed) {
      return fail(ErrorCode::kInvalidJson,
                  "The body is not JSON: " + describe(parsed.error()) + ". Nothing was accepted.");
    }
    const auto root = document.root();
    if (format_ == Format::kCloudEventBatch && !root.is_array()) {
      return fail(ErrorCode::kInvalidJson,
                  "The body must be an array of CloudEvents. Nothing was accepted.");
    }
    if (!root.is_array() || format_ == Format::kCloudEvent) {
      if (root.is_object() && body.size() > engine::kMaxEventBytes &&
          root.raw().size() > engine::kMaxEventBytes) {
        return std::unexpected(too_large("One event may have at most 1 MiB."));
      }
      add(root);
      return std::move(reading_);
    }
    if (root.size() > kMaxEvents) return std::unexpected(too_many(root.size()));
    reading_.entries.reserve(root.size());
    root.each_element([&](const json::Value& element) { add(element); });
    return std::move(reading_);
  }

  Result<Reading> read_lines(std::string_view body) {
    json::Document document;
    while (!body.empty()) {
      const auto end = body.find('\n');
      const auto line = body.substr(0, end);
      body.remove_prefix(end == std::string_view::npos ? body.size() : end + 1);
      if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
      if (index_ == kMaxEvents) return std::unexpected(too_many(kMaxEvents + 1));
      if (const auto parsed = document.parse(line, kAnyDepth); !parsed) {
        const auto& error = parsed.error();
        reject("invalid_json", fmt::format("column {}: {}", error.column, error.message));
      } else {
        add(document.root());
      }
    }
    return std::move(reading_);
  }

  static Error too_many(std::size_t count) {
    return too_large(
        fmt::format("A request may have at most {} events, this one has {}.", kMaxEvents, count));
  }

  void add(const json::Value& posted) {
    if (is_too_deep(posted.raw())) {
      reject("validation_failed", "nested more than 64 levels deep");
      return;
    }
    auto event = read(posted);
    if (!event) {
      reject(std::move(event.error().code), std::move(event.error().error));
      return;
    }
    ++index_;
    if (is_sample(posted)) {
      reading_.samples.push_back(std::move(*event));
    } else {
      reading_.entries.push_back({std::move(*event), {}, {}});
    }
  }

  std::expected<std::shared_ptr<core::Event>, engine::Rejection> read(const json::Value& posted) {
    if (format_ == Format::kJson || format_ == Format::kNdjson) {
      // No rule can ask for who acted in a sample.
      return engine::read_event(posted, token_site_, now_, !is_sample(posted));
    }
    const auto converted = engine::event_of_cloud_event(posted);
    if (!converted) return std::unexpected(converted.error());
    const auto parsed = scratch_.parse(*converted, kAnyDepth);
    if (!parsed) {
      return std::unexpected(engine::Rejection{"invalid_json", describe(parsed.error())});
    }
    return engine::read_event(scratch_.root(), token_site_, now_, true);
  }

  /// Sent to be looked at; only the plugin does that.
  static bool is_sample(const json::Value& posted) {
    const auto flag = posted.is_object() ? posted.find("sample") : std::nullopt;
    return flag && flag->kind() == json::Kind::kTrue;
  }

  void reject(std::string code, std::string error) {
    reading_.rejected.push_back({index_++, std::move(code), std::move(error)});
  }

  /// Brackets inside of strings are counted too, so this only says "maybe"; then it is parsed
  /// again.
  bool is_too_deep(std::string_view text) {
    std::size_t brackets = 0;
    for (const char c : text)
      brackets += c == '[' || c == '{' ? 1 : 0;
    if (brackets <= json::Limits{}.max_depth) return false;
    return !scratch_.parse(text);
  }

  Format format_;
  std::string_view token_site_;
  Now now_;
  std::size_t index_ = 0;
  Reading reading_;
  json::Document scratch_;
};

}  // namespace

Result<Reading> read_events(std::string_view body, Format format, std::string_view token_site,
                            Now now) {
  if (body.size() > kMaxBodyBytes) {
    return std::unexpected(too_large("A body may have at most 16 MiB."));
  }
  return EventsReader{format, token_site, now}.read(body);
}

void match(std::vector<store::EventEntry>& entries, const engine::Catalog& catalog) {
  json::Document document;
  for (auto& entry : entries) {
    auto& event = *entry.event;
    if (event.name.empty() || entry.imported) continue;
    entry.fan_out.clear();
    if (!document.parse(event.body)) continue;
    const auto root = document.root();
    entry.fan_out = catalog.fan_out(event.site, event.name, root, to_unix_s(event.accepted));
    if (engine::is_anonymous(root) && !catalog.shows_identities(entry.fan_out)) {
      event.body = engine::without_identities(root);
    }
    if (!entry.about) continue;
    std::erase_if(entry.fan_out,
                  [&](const core::FanOut& decided) { return decided.service == entry.about; });
  }
}

Intake::Intake(store::Writer& writer, const Clock& clock, CatalogSource catalog, Observer observer)
    : writer_(writer),
      clock_(clock),
      catalog_(std::move(catalog)),
      observer_(std::move(observer)) {}

void Intake::accept(std::string_view body, Format format, std::string_view token_site, Done done) {
  auto reading = read_events(body, format, token_site, clock_.now());
  if (!reading) {
    done(fail(reading));
    return;
  }
  if (observer_.sample) {
    for (const auto& sample : reading->samples)
      observer_.sample(sample);
  }
  if (reading->entries.empty()) {
    done(Answer{std::ssize(reading->samples), 0, std::move(reading->rejected)});
    return;
  }
  const auto catalog = catalog_();
  match(reading->entries, *catalog);
  if (observer_.events) observer_.events(reading->entries);
  commit(std::move(*reading), catalog->version(), std::move(done));
}

void Intake::enqueue(std::shared_ptr<core::Event> call, core::ServiceId service, Done done) {
  Reading reading;
  reading.entries.push_back(
      {std::move(call), {{.rule = {}, .service = service, .ordering_key = {}}}, {}});
  commit(std::move(reading), catalog_()->version(), std::move(done));
}

void Intake::announce(const std::vector<Announcement>& announcements, Done done) {
  Reading own;
  for (const auto& one : announcements) {
    auto reading = read_events(one.body, Format::kJson, "", clock_.now());
    if (!reading) {
      done(fail(reading));
      return;
    }
    for (auto& entry : reading->entries) {
      entry.about = one.about;
      own.entries.push_back(std::move(entry));
    }
  }
  const auto catalog = catalog_();
  match(own.entries, *catalog);
  std::erase_if(own.entries, [](const store::EventEntry& entry) { return entry.fan_out.empty(); });
  if (own.entries.empty()) {
    done(Answer{});
    return;
  }
  commit(std::move(own), catalog->version(), std::move(done));
}

void Intake::commit(Reading reading, std::uint64_t rules_version, Done done) {
  writer_.accept(std::move(reading.entries), rules_version,
                 [rejected = std::move(reading.rejected), samples = std::ssize(reading.samples),
                  done = std::move(done)](Result<store::Intake> taken) mutable {
                   if (!taken) {
                     done(fail(taken));
                     return;
                   }
                   Answer answer{samples, 0, std::move(rejected)};
                   for (const auto& entry : taken->events) {
                     const bool accepted = entry.outcome == store::EventEntry::Outcome::kAccepted;
                     ++(accepted ? answer.accepted : answer.duplicates);
                   }
                   done(std::move(answer));
                 });
}

}  // namespace mih::ingest
