#include "cli/event_batches.hpp"

#include <iterator>

#include "base/json.hpp"

namespace mih::cli {
namespace {

constexpr std::size_t kMostEvents = 1000;
constexpr std::size_t kMostBytes = 4 << 20;

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace

std::optional<EventBatches::Batch> EventBatches::next() {
  if (form_ == Form::kUnknown) find_form();
  if (form_ == Form::kLines) return read_lines();
  if (position_ > 0) return std::nullopt;
  ++position_;
  return read_whole();
}

/// A first line that is an object by itself makes it NDJSON; anything else is one JSON text.
void EventBatches::find_form() {
  while (is_blank(pending_) && std::getline(in_, pending_)) {
  }
  json::Document document;
  const bool is_line = document.parse(pending_) && document.root().is_object();
  form_ = is_line || is_blank(pending_) ? Form::kLines : Form::kJson;
  if (is_blank(pending_)) pending_.clear();
}

EventBatches::Batch EventBatches::read_whole() {
  Batch batch{.body = std::move(pending_), .content_type = "application/json"};
  batch.body += '\n';
  batch.body.append(std::istreambuf_iterator<char>(in_), {});
  return batch;
}

std::optional<EventBatches::Batch> EventBatches::read_lines() {
  Batch batch{.body = {}, .content_type = "application/x-ndjson", .first = position_};
  std::size_t count = 0;
  while (count < kMostEvents) {
    if (is_blank(pending_) && !std::getline(in_, pending_)) break;
    if (is_blank(pending_)) continue;
    if (count > 0 && batch.body.size() + pending_.size() >= kMostBytes) break;
    batch.body += pending_;
    batch.body += '\n';
    pending_.clear();
    ++count;
  }
  position_ += count;
  if (count == 0) return std::nullopt;
  return batch;
}

}  // namespace mih::cli
