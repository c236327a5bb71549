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

bool EventLibrary::count(std::string_view name, WallTime time) {
  Entry* known = entry(name);
  if (known == nullptr) return false;
  known->last_seen = std::max(known->last_seen, time);
  ++known->seen;
  return known->seen <= kAllOf || known->seen % kOneOf == 0;
}

void EventLibrary::learn(std::string_view name, const json::Value& event) {
  Entry* known = entry(name);
  if (known != nullptr && event.is_object()) walk(*known, "", event, 0);
}

void EventLibrary::walk(Entry& entry, const std::string& path, const json::Value& value,
                        std::size_t depth) {
  if (!path.empty()) note(entry, path, value);
  if (depth == kMostDepth) return;
  const auto below = [&](std::string_view step) {
    return path.empty() ? std::string{step} : fmt::format("{}.{}", path, step);
  };
  if (value.is_array() && !value.empty()) walk(entry, below("0"), *value.at(0), depth + 1);
  if (!value.is_object()) return;
  std::size_t members = 0;
  value.each_member([&](const json::Value& key, const json::Value& member) {
    if (++members > kMostMembers) return;
    const auto name = key.as_string();
    if (is_step(name)) walk(entry, below(name), member, depth + 1);
  });
}

void EventLibrary::note(Entry& entry, const std::string& path, const json::Value& value) {
  auto found = entry.fields.find(path);
  if (found == entry.fields.end()) {
    if (entry.fields.size() >= kMostFields) return;
    found = entry.fields.emplace(path, Field{}).first;
  }
  auto& field = found->second;
  const auto type = type_of(value);
  if (field.type.empty() || field.type == "null") {
    field.type = type;
  } else if (type != "null" && !has_type(field.type, type)) {
    field.type = fmt::format("{}|{}", field.type, type);
  }
  const bool leaf = !value.is_array() && !value.is_object() && !value.is_null();
  if (leaf && value.raw().size() <= kMostExample) field.example = value.raw();
}

void EventLibrary::add_sample(core::EventPtr sample) {
  const auto size = sample->body.size();
  Entry* known = entry(sample->name);
  if (known == nullptr || size > kMostSampleBytes) return;
  if (known->samples.size() == kMostSamples) {
    sampled_.erase(std::ranges::find(sampled_, sample->name));
    drop_sample(*known);
  }
  sampled_.push_back(sample->name);
  sample_bytes_ += size;
  known->samples.push_back(std::move(sample));
  while (sample_bytes_ > kMostSampleBytes) {
    drop_sample(entries_.at(sampled_.front()));
    sampled_.pop_front();
  }
}

void EventLibrary::drop_sample(Entry& entry) {
  sample_bytes_ -= entry.samples.front()->body.size();
  entry.samples.pop_front();
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
  for (auto name = sampled_.rbegin(); name != sampled_.rend(); ++name) {
    if (pattern_allows(pattern, *name)) return entries_.at(*name).samples.back();
  }
  return nullptr;
}

}  // namespace mih::engine
