#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/call.hpp"
#include "api/hub.hpp"
#include "base/json.hpp"
#include "core/alert.hpp"
#include "core/delivery.hpp"
#include "core/event.hpp"
#include "core/rule.hpp"
#include "core/service.hpp"
#include "engine/catalog.hpp"
#include "engine/subscriptions.hpp"
#include "store/store.hpp"

/// How the nouns look in the API. Each function writes one JSON object.
namespace mih::api {

/// Whether personal data (payload, response, event, headers) may be shown.
enum class Privacy : bool { kRedacted, kFull };

inline Privacy privacy_for(const Caller& caller) {
  return caller.may_manage() ? Privacy::kFull : Privacy::kRedacted;
}

/// `aliases`: by what further names a call finds it.
void write_service(json::Writer& out, const core::Service& service,
                   std::span<const std::string> aliases, const store::ServiceStatistics& statistics,
                   const LaneStatus& lane);
/// `flagged`: since when its service has been answering 410. `doubt`: a warning; "" = none.
void write_rule(json::Writer& out, const core::Rule& rule, std::optional<WallTime> flagged,
                const engine::CaptureState& capture, const core::RuleHits& hits,
                std::string_view doubt = {});

void write_alert(json::Writer& out, const core::Alert& alert);
/// Without the braces.
void write_alert_members(json::Writer& out, const core::Alert& alert);

/// Only the fields that people set; what an ETag is made of.
std::string service_settings(const core::Service& service);
std::string rule_settings(const core::Rule& rule);

enum class Detail : bool { kRow, kFull };
void write_delivery(json::Writer& out, const store::DeliveryRow& row,
                    const engine::Catalog& catalog, Detail detail, Privacy privacy);
void write_dead_letter(json::Writer& out, const core::DeadLetter& letter, Detail detail,
                       Privacy privacy);
/// The members of an event, without the braces.
void write_event_members(json::Writer& out, const core::Event& event, Privacy privacy);
void write_log_row(json::Writer& out, const store::LogRow& row, const engine::Catalog& catalog);

/// Names that write_service and write_rule add to the fields; a body may carry them unchanged.
std::span<const std::string_view> service_extras();
std::span<const std::string_view> rule_extras();

/// The value of a header for people: hidden when its name says that it is a secret.
std::string_view masked_header(std::string_view name, std::string_view value);
/// A URL with the password in it hidden.
std::string masked_url(std::string_view url);

/// The page that follows needs one row more than is shown.
inline store::Page one_more(store::Page page) {
  return {page.limit + 1, page.before};
}

/// {"items": [...], "next_cursor": ...} from rows that were asked for with one_more().
template <class Row, class NumberOf, class WriteRow>
std::string page_body(const std::vector<Row>& rows, store::Page page, NumberOf number_of,
                      WriteRow write_row) {
  const auto limit = static_cast<std::size_t>(page.limit);
  json::Writer out;
  out.begin_object();
  out.key("items");
  out.begin_array();
  for (std::size_t i = 0; i < rows.size() && i < limit; ++i)
    write_row(out, rows[i]);
  out.end_array();
  out.key("next_cursor");
  if (rows.size() > limit) {
    out.value(std::to_string(number_of(rows[limit - 1])));
  } else {
    out.null();
  }
  out.end_object();
  return out.take();
}

}  // namespace mih::api
