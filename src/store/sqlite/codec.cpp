#include "store/sqlite/codec.hpp"

#include "base/json.hpp"

namespace mih::store::sqlite {

void append_varint(std::string& out, std::uint64_t number) {
  while (number >= 0x80) {
    out.push_back(static_cast<char>(number | 0x80));
    number >>= 7;
  }
  out.push_back(static_cast<char>(number));
}

std::uint64_t take_varint(std::string_view& bytes) {
  std::uint64_t number = 0;
  for (unsigned shift = 0; !bytes.empty() && shift < 64; shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    number |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return number;
  }
  return 0;
}

void encode_fan_out(std::string& out, std::span<const core::FanOut> fan_out) {
  if (fan_out.empty()) return;
  append_varint(out, fan_out.size());
  for (const auto& item : fan_out) {
    append_varint(out, static_cast<std::uint64_t>(item.rule.value));
    append_varint(out, static_cast<std::uint64_t>(item.service.value));
    append_varint(out, item.ordering_key.size());
    out.append(item.ordering_key);
  }
}

std::vector<core::FanOut> decode_fan_out(std::string_view bytes) {
  std::vector<core::FanOut> fan_out;
  const std::uint64_t count = take_varint(bytes);
  for (std::uint64_t i = 0; i < count && !bytes.empty(); ++i) {
    core::FanOut item;
    item.rule.value = static_cast<std::int64_t>(take_varint(bytes));
    item.service.value = static_cast<std::int64_t>(take_varint(bytes));
    const std::uint64_t size = take_varint(bytes);
    if (size > bytes.size()) break;
    item.ordering_key = bytes.substr(0, size);
    bytes.remove_prefix(size);
    fan_out.push_back(std::move(item));
  }
  return fan_out;
}

std::string encode_histogram(const core::LatencyHistogram& histogram) {
  std::string bytes;
  for (std::size_t bucket = 0; bucket < core::LatencyHistogram::kBuckets; ++bucket) {
    if (histogram.count(bucket) == 0) continue;
    append_varint(bytes, bucket);
    append_varint(bytes, histogram.count(bucket));
  }
  return bytes;
}

core::LatencyHistogram decode_histogram(std::string_view bytes) {
  core::LatencyHistogram histogram;
  while (!bytes.empty()) {
    const std::uint64_t bucket = take_varint(bytes);
    histogram.add(bucket, take_varint(bytes));
  }
  return histogram;
}

std::string attempts_to_json(std::span<const core::Attempt> attempts) {
  json::Writer out;
  out.begin_array();
  for (const auto& attempt : attempts) {
    out.begin_object();
    out.member("n", attempt.n);
    out.member("time_ms", to_unix_ms(attempt.time));
    out.member("latency_ms", static_cast<std::int64_t>(attempt.latency.count()));
    out.member("http_status", attempt.http_status);
    out.member("error", attempt.error);
    out.member("probe", attempt.probe);
    out.end_object();
  }
  out.end_array();
  return out.take();
}

namespace {

std::int64_t integer_in(const json::Value& object, std::string_view name) {
  const auto value = object.find(name);
  return value && value->is_number() ? value->as_int().value_or(0) : 0;
}

core::Attempt attempt_from(const json::Value& object) {
  core::Attempt attempt;
  attempt.n = static_cast<int>(integer_in(object, "n"));
  attempt.time = from_unix_ms(integer_in(object, "time_ms"));
  attempt.latency = std::chrono::milliseconds{integer_in(object, "latency_ms")};
  const auto status = object.find("http_status");
  if (status && status->is_number()) {
    attempt.http_status = static_cast<int>(status->as_int().value_or(0));
  }
  const auto error = object.find("error");
  if (error && error->is_string()) attempt.error = error->as_string();
  const auto probe = object.find("probe");
  attempt.probe = probe && probe->kind() == json::Kind::kTrue;
  return attempt;
}

}  // namespace

std::vector<core::Attempt> attempts_from_json(std::string_view text) {
  std::vector<core::Attempt> attempts;
  json::Document document;
  if (text.empty() || !document.parse(text) || !document.root().is_array()) return attempts;
  document.root().each_element([&](const json::Value& item) {
    if (item.is_object()) attempts.push_back(attempt_from(item));
  });
  return attempts;
}

std::string headers_to_json(const core::Headers& headers) {
  json::Writer out;
  out.begin_object();
  for (const auto& [name, value] : headers)
    out.member(name, value);
  out.end_object();
  return out.take();
}

core::Headers headers_from_json(std::string_view text) {
  core::Headers headers;
  json::Document document;
  if (text.empty() || !document.parse(text) || !document.root().is_object()) return headers;
  document.root().each_member([&](const json::Value& name, const json::Value& value) {
    if (value.is_string()) headers.emplace_back(name.as_string(), value.as_string());
  });
  return headers;
}

std::string list_to_json(std::span<const std::string> list) {
  json::Writer out;
  out.begin_array();
  for (const auto& item : list)
    out.value(item);
  out.end_array();
  return out.take();
}

std::vector<std::string> list_from_json(std::string_view text) {
  std::vector<std::string> list;
  json::Document document;
  if (text.empty() || !document.parse(text) || !document.root().is_array()) return list;
  document.root().each_element([&](const json::Value& item) {
    if (item.is_string()) list.push_back(item.as_string());
  });
  return list;
}

}  // namespace mih::store::sqlite
