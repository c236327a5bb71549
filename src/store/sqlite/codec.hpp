#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/delivery.hpp"
#include "core/latency_histogram.hpp"
#include "core/service.hpp"

/// How compound values are written into columns.
namespace mih::store::sqlite {

/// The fan-out of an event as bytes: the number of deliveries, then for each rule id, service id,
/// length of the ordering key (all LEB128) and the ordering key. Empty bytes are no deliveries.
void encode_fan_out(std::string& out, std::span<const core::FanOut> fan_out);
/// Stops at the first byte that cannot be right.
std::vector<core::FanOut> decode_fan_out(std::string_view bytes);

/// Unsigned LEB128.
void append_varint(std::string& out, std::uint64_t number);
/// Takes a number from the front of `bytes`; 0 when there is none.
std::uint64_t take_varint(std::string_view& bytes);

/// Pairs of bucket and count (LEB128) of the buckets that are not empty.
std::string encode_histogram(const core::LatencyHistogram& histogram);
core::LatencyHistogram decode_histogram(std::string_view bytes);

/// `[{"n":1,"time_ms":...,"latency_ms":12,"http_status":500,"error":"...","probe":false}]`
std::string attempts_to_json(std::span<const core::Attempt> attempts);
std::vector<core::Attempt> attempts_from_json(std::string_view text);

/// `{"Name":"value"}`, in order; a name may occur twice.
std::string headers_to_json(const core::Headers& headers);
core::Headers headers_from_json(std::string_view text);

std::string list_to_json(std::span<const std::string> list);
std::vector<std::string> list_from_json(std::string_view text);

}  // namespace mih::store::sqlite
