#include "engine/event_library.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "engine/matcher.hpp"

namespace mih::engine {
namespace {

constexpr std::int64_t kAllOf = 20;  ///< the first so many of a name
constexpr std::int64_t kOneOf = 64;  ///< after them

std::string_view type_of(const json::Value& value) {
  switch (value.kind()) {
    case json::Kind::kNull:
      return "null";
    case json::Kind::kFalse:
    case json::Kind::kTrue:
      return "boolean";
    case json::Kind::kNumber:
      return value.as_int() ? "integer" : "number";
    case json::Kind::kString:
      return "string";
    case json::Kind::kArray:
      return "array";
    case json::Kind::kObject:
      return "object";
  }
  return "null";
}

bool has_type(std::string_view types, std::string_view type) {
  for (std::size_t begin = 0; begin <= types.size();) {
    const auto end = std::min(types.find('|', begin), types.size());
    if (types.substr(begin, end - begin) == type) return true;
    begin = end + 1;
  }
  return false;
}

/// True if a placeholder can name it.
bool is_step(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           static_cast<unsigned char>(c) >= 0x80 ||
           std::string_view{"_-:$"}.find(c) != std::string_view::npos;
  });
}

}  // namespace

EventLibrary::Entry* EventLibrary::entry(std::string_view name) {
  if (const auto found = entries_.find(name); found != entries_.end()) return &found->second;
  if (entries_.size() >= kMostNames) return nullptr;
  return &entries_[std::string{name}];
}

void EventLibrary::change(std::string_view name, Entry& entry) {
  if (!entry.changed) changed_.emplace_back(name);
  entry.changed = true;
}

bool EventLibrary::count(std::string_view name, WallTime time) {
  Entry* known = entry(name);
  if (known == nullptr) return false;
  change(name, *known);
  known->last_seen = std::max(known->last_seen, time);
  ++known->seen;
  return std::exchange(known->learn_next, false) || known->seen <= kAllOf ||
         known->seen % kOneOf == 0;
}

void EventLibrary::learn(std::string_view name, const std::string& site, WallTime time,
                         const json::Value& event) {
  Entry* known = entry(name);
  if (known == nullptr || !event.is_object()) return;
  change(name, *known);
  walk(*known, "", event, 0,
       std::make_shared<const Source>(Source{site, core::people_of(name, event), time}));
}

void EventLibrary::walk(Entry& entry, const std::string& path, const json::Value& value,
                        std::size_t depth, const SourcePtr& source) {
  if (!path.empty()) note(entry, path, value, source);
  if (depth == kMostDepth) return;
  const auto below = [&](std::string_view step) {
    return path.empty() ? std::string{step} : fmt::format("{}.{}", path, step);
  };
  if (value.is_array() && !value.empty()) walk(entry, below("0"), *value.at(0), depth + 1, source);
  if (!value.is_object()) return;
  std::size_t members = 0;
  value.each_member([&](const json::Value& key, const json::Value& member) {
    if (++members > kMostMembers) return;
    const auto name = key.as_string();
    if (is_step(name)) walk(entry, below(name), member, depth + 1, source);
  });
}

void EventLibrary::note(Entry& entry, const std::string& path, const json::Value& value,
                        const SourcePtr& source) {
  auto found = entry.fields.find(path);
  if (found == entry.fields.end()) {
    if (entry.fields.size() >= kMostFields) return;
    found = entry.fields.emplace(path, Field{}).first;
  }
  auto& field = found->second;
  const auto type = type_of(value);
  if (field.type.empty() || field.type == "null") {
    field.is_new = field.is_new || field.type != type;
    field.type = type;
  } else if (type != "null" && !has_type(field.type, type)) {
    field.is_new = true;
    field.type = fmt::format("{}|{}", field.type, type);
  }
  const bool leaf = !value.is_array() && !value.is_object() && !value.is_null();
  const bool shows = leaf && value.raw().size() <= kMostExample;
  field.is_new = field.is_new || (shows && field.example.empty());
  entry.has_new = entry.has_new || field.is_new;
  if (!shows && !field.example.empty()) return;
  field.is_newer = true;
  field.source = source;
  if (shows) field.example = value.raw();
}

void EventLibrary::add_sample(core::EventPtr sample) {
  json::Document document;
  core::People people;
  if (document.parse(sample->body)) people = core::people_of(sample->name, document.root());
  if (entry(sample->name) == nullptr || sample->body.size() > kMostSampleBytes) return;
  changes_.samples.push_back({++last_sample_, std::move(sample), std::move(people)});
  keep(changes_.samples.back());
}

void EventLibrary::keep(core::LearnedSample sample) {
  Entry* known = entry(sample.event->name);
  if (known == nullptr) return;
  if (known->samples.size() == kMostSamples) drop_oldest(*known);
  sampled_.emplace(sample.number, sample.event->name);
  sample_bytes_ += sample.event->body.size();
  known->samples.push_back(std::move(sample));
  while (sample_bytes_ > kMostSampleBytes)
    drop_oldest(entries_.at(sampled_.begin()->second));
}

void EventLibrary::drop_oldest(Entry& entry) {
  dropped(entry.samples.front());
  entry.samples.pop_front();
}

void EventLibrary::dropped(const core::LearnedSample& sample) {
  sample_bytes_ -= sample.event->body.size();
  sampled_.erase(sample.number);
  std::erase_if(changes_.samples,
                [&](const core::LearnedSample& one) { return one.number == sample.number; });
  changes_.dropped_samples.push_back(sample.number);
}

void EventLibrary::forget(const std::string& site, std::int64_t user) {
  for (auto& [name, entry] : entries_) {
    std::erase_if(entry.samples, [&](const core::LearnedSample& sample) {
      const bool theirs = sample.event->site == site && sample.people.include(user);
      if (theirs) dropped(sample);
      return theirs;
    });
    for (auto field = entry.fields.begin(); field != entry.fields.end();) {
      auto& known = field->second;
      if (known.source->site == site && known.source->people.include(user)) {
        changes_.dropped_fields.push_back({name, field->first});
        field = entry.fields.erase(field);
        entry.learn_next = true;
        continue;
      }
      if (known.is_newer) {
        known.is_new = entry.has_new = true;
        change(name, entry);
      }
      ++field;
    }
  }
}

void EventLibrary::expire(const core::KeptSince& since) {
  for (std::size_t i = 0; i < kMostExpired && !sampled_.empty(); ++i) {
    auto& entry = entries_.at(sampled_.begin()->second);
    if (entry.samples.front().event->accepted >= since.samples) break;
    drop_oldest(entry);
  }
  std::size_t looked_at = 0;
  auto next = entries_.upper_bound(expired_);
  for (; next != entries_.end() && looked_at < kMostExpired; ++next) {
    expire_fields(next->first, next->second, since.examples);
    looked_at += 1 + next->second.fields.size();
    expired_ = next->first;
  }
  if (next == entries_.end()) expired_.clear();
}

void EventLibrary::expire_fields(std::string_view name, Entry& entry, WallTime since) {
  for (auto& [path, field] : entry.fields) {
    if (field.source->time == WallTime{}) continue;
    if (field.source->time < since) {
      field.example.clear();
      field.source = std::make_shared<const Source>();
      entry.learn_next = true;
    } else if (field.told < since && !field.is_new) {
      field.is_new = entry.has_new = true;  // the store has let go of what it was told
      change(name, entry);
    }
  }
}

void EventLibrary::restore(core::Learned learned) {
  for (const auto& name : learned.names) {
    if (Entry* known = entry(name.name)) {
      known->seen = name.seen;
      known->last_seen = name.last_seen;
    }
  }
  for (auto& field : learned.fields) {
    Entry* known = entry(field.eventname);
    if (known == nullptr || known->fields.size() >= kMostFields) continue;
    auto source =
        std::make_shared<const Source>(Source{field.site, std::move(field.people), field.time});
    known->fields[field.path] = {.type = std::move(field.type),
                                 .example = std::move(field.example),
                                 .source = std::move(source),
                                 .is_new = false,
                                 .told = field.time};
  }
  for (auto& sample : learned.samples) {
    last_sample_ = std::max(last_sample_, sample.number);
    keep(std::move(sample));
  }
}

core::Learned EventLibrary::take_changes() {
  auto taken = std::exchange(changes_, {});
  for (const auto& name : std::exchange(changed_, {})) {
    auto& entry = entries_.at(name);
    entry.changed = false;
    if (entry.seen > 0) taken.names.push_back({name, entry.seen, entry.last_seen});
    if (!std::exchange(entry.has_new, false)) continue;
    for (auto& [path, field] : entry.fields) {
      if (!field.is_new) continue;
      field.is_new = field.is_newer = false;
      field.told = field.source->time;
      taken.fields.push_back({.eventname = name,
                              .path = path,
                              .type = field.type,
                              .example = field.example,
                              .site = field.source->site,
                              .people = field.source->people,
                              .time = field.source->time});
    }
  }
  return taken;
}

std::vector<KnownName> EventLibrary::names() const {
  std::vector<KnownName> names;
  names.reserve(entries_.size());
  for (const auto& [name, entry] : entries_)
    names.push_back({name, entry.seen, entry.last_seen, entry.samples.size()});
  return names;
}

std::vector<KnownField> EventLibrary::fields(std::string_view name) const {
  std::vector<KnownField> fields;
  const auto found = entries_.find(name);
  if (found == entries_.end()) return fields;
  for (const auto& [path, field] : found->second.fields)
    fields.push_back({path, field.type, field.example});
  return fields;
}

core::EventPtr EventLibrary::sample(std::string_view pattern) const {
  for (auto newest = sampled_.rbegin(); newest != sampled_.rend(); ++newest) {
    const auto& name = newest->second;
    if (pattern_allows(pattern, name)) return entries_.at(name).samples.back().event;
  }
  return nullptr;
}

}  // namespace mih::engine
