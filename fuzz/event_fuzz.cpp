#include <cstddef>
#include <cstdint>

#include "engine/event_reader.hpp"
#include "engine/render.hpp"
#include "oracle.hpp"

/// Input: one posted event, or an array of them.
namespace {

using namespace mih;

const Now kNow{from_unix_ms(1'708'258'939'000), SteadyTime{}};

engine::CompiledRule compiled(std::int64_t id, core::HttpMethod method, core::ContentType type,
                              std::string payload) {
  core::Rule rule;
  rule.id = {id};
  rule.service = {1};
  rule.eventname = "*";
  rule.endpoint = "/users/{{userid}}?c={{courseid}}";
  rule.http_method = method;
  rule.content_type = type;
  rule.payload_template = std::move(payload);
  rule.headers = {{"X-Other", "{{other}}"}};
  rule.ordering_key = "{{userid}}/{{other.a}}";
  auto made = engine::compile_rule(std::move(rule));
  fuzz::require(made.has_value(), "the rule can be saved", "");
  return std::move(*made);
}

const std::vector<engine::CompiledRule>& rules() {
  using core::ContentType;
  using core::HttpMethod;
  static const std::vector<engine::CompiledRule> all{
      compiled(1, HttpMethod::kPost, ContentType::kJson, ""),
      compiled(2, HttpMethod::kGet, ContentType::kJson, ""),
      compiled(3, HttpMethod::kPut, ContentType::kForm, R"({"{{eventname}}":{{event}}})"),
      compiled(4, HttpMethod::kPost, ContentType::kXml, "<e>{{event}}</e>")};
  return all;
}

void check_identities(const nlohmann::json& stored, std::string_view body) {
  if (!stored.contains("anonymous") || stored["anonymous"] != 1) return;
  for (const char* field : {"userid", "relateduserid", "realuserid", "ip"}) {
    fuzz::require(!stored.contains(field) || stored[field].is_null(),
                  "anonymous events show nobody", body);
  }
}

void check_stored(const core::Event& event) {
  fuzz::require_json(event.body, "the stored event is JSON");
  json::Document document;
  fuzz::require(document.parse(event.body).has_value(), "it is not deeper than it was", event.body);
  const json::Value root = document.root();
  fuzz::require(root.find("eventname")->string_equals(event.name), "eventname", event.body);
  fuzz::require(root.find("id")->string_equals(event.id), "id", event.body);
  fuzz::require(root.find("site")->string_equals(event.site), "site", event.body);
  fuzz::require(root.find("timecreated").has_value(), "timecreated", event.body);
  if (!fuzz::beyond_nlohmann(root)) {
    const auto stored = nlohmann::json::parse(event.body);
    fuzz::require(stored.size() == root.size(), "no name is there twice", event.body);
    check_identities(stored, event.body);
  }
  // The backslash and the members that are added can take a text over the limits for posted ones.
  if (event.body.size() > engine::kMaxEventBytes || event.name.size() > 255) return;
  const auto again = engine::read_event(root, "", kNow, false);
  fuzz::require(again.has_value() && (*again)->body == event.body, "reading again changes nothing",
                event.body);
}

void check_requests(const core::Event& event) {
  auto service = std::make_shared<core::Service>();
  service->id = {1};
  service->base_url = "http://127.0.0.1/base/";
  json::Document document;
  for (const auto& rule : rules()) {
    const auto request =
        engine::render_request(rule, service, event, "d_1", 1, kNow.wall, document);
    if (!request) continue;
    for (const auto& [name, value] : request->headers) {
      fuzz::require(value.find_first_of("\r\n") == std::string::npos, "a header is one line", name);
    }
    fuzz::require(request->url.starts_with("http://127.0.0.1/base/users/"), "the URL stays",
                  request->url);
    fuzz::require(request->url.find_first_of(" \r\n") == std::string::npos, "the URL is one word",
                  request->url);
  }
  fuzz::require(document.parse(event.body).has_value(), "the stored event is JSON", event.body);
  const engine::Catalog catalog{1, {*service}, rules()};
  const auto deliveries = catalog.fan_out(event.site, event.name, document.root(), 1);
  const bool own = event.name.starts_with("\\local_integrationhub\\event\\");
  fuzz::require(deliveries.size() == (own ? 0 : rules().size()), "every rule matches", event.body);
}

void check(const json::Value& posted) {
  const auto event = engine::read_event(posted, "", kNow, false);
  if (!event) {
    fuzz::require(!event.error().error.empty(), "a rejection says why", posted.raw());
    return;
  }
  check_stored(**event);
  check_requests(**event);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  json::Document document;
  if (!document.parse(text)) return 0;
  if (document.root().is_array()) {
    document.root().each_element(check);
  } else {
    check(document.root());
  }
  return 0;
}
