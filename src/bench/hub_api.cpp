#include "bench/hub_api.hpp"

#include <initializer_list>
#include <memory>
#include <optional>

#include "base/json.hpp"
#include "core/delivery.hpp"

namespace mih::bench {
namespace {

constexpr std::string_view kSite = "default";

/// A JSON answer and access to what is in it by path.
class Answer {
 public:
  static Result<Answer> parse(std::string text) {
    Answer answer;
    answer.text_ = std::make_unique<std::string>(std::move(text));
    if (!answer.document_.parse(*answer.text_)) {
      return fail(ErrorCode::kInternal, "the hub's answer is not JSON: " + *answer.text_);
    }
    return answer;
  }

  Result<std::int64_t> number(std::initializer_list<std::string_view> path) const {
    const auto value = find(path);
    const auto number = value && value->is_number() ? value->as_int() : std::nullopt;
    if (!number) return missing(path);
    return *number;
  }

  Result<std::string> text(std::initializer_list<std::string_view> path) const {
    const auto value = find(path);
    if (!value || !value->is_string()) return missing(path);
    return value->as_string();
  }

 private:
  std::optional<json::Value> find(std::initializer_list<std::string_view> path) const {
    json::Value value = document_.root();
    for (const auto name : path) {
      const auto member = value.is_object() ? value.find(name) : std::nullopt;
      if (!member) return std::nullopt;
      value = *member;
    }
    return value;
  }

  std::unexpected<Error> missing(std::initializer_list<std::string_view> path) const {
    std::string joined;
    for (const auto name : path)
      joined += (joined.empty() ? "" : ".") + std::string{name};
    return fail(ErrorCode::kInternal, "the hub's answer has no usable " + joined + ": " + *text_);
  }

  std::unique_ptr<std::string> text_;  ///< stays where it is: the document looks into it
  json::Document document_;
};

Result<Answer> parsed(Result<std::string> text) {
  if (!text) return fail(text);
  return Answer::parse(std::move(*text));
}

}  // namespace

Result<void> HubApi::add_service(std::string_view service) {
  auto answer = client_.call("POST", "/api/v1/services", service);
  if (!answer) return fail(answer);
  return {};
}

Result<core::RuleId> HubApi::add_rule(std::string_view rule) {
  const auto answer = parsed(client_.call("POST", "/api/v1/rules", rule));
  if (!answer) return std::unexpected(answer.error());
  auto id = answer->number({"id"});
  if (!id) return fail(id);
  return core::RuleId{*id};
}

Result<std::string> HubApi::make_ingest_token() {
  const auto answer =
      parsed(client_.call("POST", "/api/v1/tokens", R"({"role":"ingest","name":"generator"})"));
  if (!answer) return std::unexpected(answer.error());
  return answer->text({"token"});
}

Result<HubCounts> HubApi::counts() {
  const auto answer = parsed(client_.call("GET", "/api/v1/stats/summary"));
  if (!answer) return std::unexpected(answer.error());
  HubCounts counts;
  const auto take = [&](std::int64_t& field, std::initializer_list<std::string_view> path) {
    auto number = answer->number(path);
    if (number) field = *number;
    return number;
  };
  for (auto result :
       {take(counts.accepted, {"events_accepted"}), take(counts.created, {"deliveries", "created"}),
        take(counts.delivered, {"deliveries", "delivered"}),
        take(counts.dead, {"deliveries", "dead"}), take(counts.open, {"deliveries", "open"})}) {
    if (!result) return fail(result);
  }
  return counts;
}

Result<CircuitView> HubApi::circuit(std::string_view service) {
  const auto answer = parsed(client_.call("GET", "/api/v1/services/" + std::string{service}));
  if (!answer) return std::unexpected(answer.error());
  auto state = answer->text({"circuit", "state"});
  if (!state) return fail(state);
  auto failures = answer->number({"circuit", "failure_count"});
  if (!failures) return fail(failures);
  return CircuitView{std::move(*state), *failures};
}

void expect_deliveries(Ledger& ledger, std::span<const Acknowledged> acknowledged,
                       std::span<const core::RuleId> rules) {
  for (const Acknowledged& batch : acknowledged) {
    for (const EventId& id : batch.ids) {
      const std::string text = to_text(id);
      for (const core::RuleId rule : rules) {
        ledger.expect(hash_id(core::delivery_id(kSite, text, rule)), batch.sent);
      }
    }
  }
}

std::string_view ten_placeholder_template() {
  return R"({"id": "{{id}}", "event": "{{eventname}}", "at": {{timecreated}}, )"
         R"("user": {{userid}}, "related": {{relateduserid}}, "course": {{courseid}}, )"
         R"("object": {{objectid}}, "action": "{{action}}", "context": {{contextid}}, )"
         R"("details": {{other}}})";
}

}  // namespace mih::bench
