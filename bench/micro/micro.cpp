#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "core/circuit.hpp"
#include "engine/catalog.hpp"
#include "engine/circuit_breaker.hpp"
#include "engine/filter.hpp"
#include "engine/render.hpp"
#include "engine/template.hpp"

namespace {

using namespace mih;

constexpr std::string_view kEvent =
    R"({"eventname":"\\core\\event\\user_graded","component":"core","action":"graded",)"
    R"("target":"user","objecttable":"grade_grades","objectid":5731,"crud":"u","edulevel":1,)"
    R"("contextid":25,"contextlevel":50,"contextinstanceid":4,"userid":2,"courseid":4,)"
    R"("relateduserid":1033,"anonymous":0,"other":{"itemid":"44","overridden":false,)"
    R"("finalgrade":"87.50000"},"timecreated":1708258939,"id":"0190f3a0-0000-7000-8000-000000000001",)"
    R"("origin":"web","ip":"192.0.2.1","realuserid":null,"site":"main"})";

constexpr std::string_view kTenPlaceholders =
    R"({"id": {{id}}, "name": "{{eventname}}", "user": {{relateduserid}}, "by": {{userid}},)"
    R"( "course": {{courseid}}, "grade": {{other.finalgrade}}, "item": {{other.itemid}},)"
    R"( "overridden": {{other.overridden}}, "from": "{{origin}} {{ip}}", "at": {{timecreated}}})";

void ParseEvent(benchmark::State& state) {
  json::Document document;
  for (auto _ : state) {
    auto parsed = document.parse(kEvent);
    benchmark::DoNotOptimize(parsed);
  }
}
BENCHMARK(ParseEvent);

void RenderTenPlaceholdersAndParse(benchmark::State& state) {
  const auto made =
      engine::Template::compile(kTenPlaceholders, engine::Shape::kJson, "payload_template").value();
  json::Document document;
  std::string out;
  for (auto _ : state) {
    if (!document.parse(kEvent)) state.SkipWithError("no JSON");
    const auto root = document.root();
    const engine::Scope scope{.event = &root, .site_id = "main"};
    out.clear();
    auto rendered = made.render(scope, out);
    benchmark::DoNotOptimize(rendered);
  }
}
BENCHMARK(RenderTenPlaceholdersAndParse);

void RenderWholeRequest(benchmark::State& state) {
  core::Rule rule;
  rule.name = "graded";
  rule.eventname = R"(\core\event\user_graded)";
  rule.endpoint = "/grades/{{relateduserid}}";
  rule.payload_template = kTenPlaceholders;
  const auto compiled = engine::compile_rule(rule).value();
  auto service = std::make_shared<core::Service>();
  service->name = "crm";
  service->base_url = "https://crm.example/v1";
  core::Event event;
  event.name = rule.eventname;
  event.body = kEvent;
  json::Document document;
  for (auto _ : state) {
    auto request = engine::render_request(compiled, service, event, "d_1", 1, {}, document);
    benchmark::DoNotOptimize(request);
  }
}
BENCHMARK(RenderWholeRequest);

void CompileTemplate(benchmark::State& state) {
  for (auto _ : state) {
    auto made = engine::Template::compile(kTenPlaceholders, engine::Shape::kJson, "x");
    benchmark::DoNotOptimize(made);
  }
}
BENCHMARK(CompileTemplate);

void MatchFilter(benchmark::State& state) {
  const auto filter =
      engine::Filter::compile(
          R"({"courseid":{"$in":[4,5,6]},"crud":{"$ne":"r"},"other.finalgrade":{"$gte":50}})")
          .value();
  json::Document document;
  if (!document.parse(kEvent)) state.SkipWithError("no JSON");
  for (auto _ : state) {
    bool matches = filter.matches(document.root());
    benchmark::DoNotOptimize(matches);
  }
}
BENCHMARK(MatchFilter);

/// Rules that name a course each, one of them that of the event.
void FanOut(benchmark::State& state) {
  core::Service service;
  service.id = core::ServiceId{1};
  service.name = "crm";
  std::vector<engine::CompiledRule> rules;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    core::Rule rule;
    rule.id = core::RuleId{i + 1};
    rule.name = "rule";
    rule.eventname = R"(\core\event\user_graded)";
    rule.service = service.id;
    rule.service_name = service.name;
    rule.filter.text = fmt::format(R"({{"courseid":{}}})", i + 4);
    rules.push_back(engine::compile_rule(rule).value());
  }
  const engine::Catalog catalog{1, {service}, std::move(rules)};
  json::Document document;
  if (!document.parse(kEvent)) state.SkipWithError("no JSON");
  for (auto _ : state) {
    auto made = catalog.fan_out("main", R"(\core\event\user_graded)", document.root(), 0);
    if (made.size() != 1) state.SkipWithError("one rule must match");
    benchmark::DoNotOptimize(made);
  }
}
BENCHMARK(FanOut)->Arg(1)->Arg(10'000);

/// The same with another event name each.
void FanOutByName(benchmark::State& state) {
  core::Service service;
  service.id = core::ServiceId{1};
  service.name = "crm";
  std::vector<engine::CompiledRule> rules;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    core::Rule rule;
    rule.id = core::RuleId{i + 1};
    rule.name = "rule";
    rule.eventname =
        i == 0 ? R"(\core\event\user_graded)" : fmt::format(R"(\mod_a\event\name_{})", i);
    rule.service = service.id;
    rule.service_name = service.name;
    rules.push_back(engine::compile_rule(rule).value());
  }
  const engine::Catalog catalog{1, {service}, std::move(rules)};
  json::Document document;
  if (!document.parse(kEvent)) state.SkipWithError("no JSON");
  for (auto _ : state) {
    auto made = catalog.fan_out("main", R"(\core\event\user_graded)", document.root(), 0);
    benchmark::DoNotOptimize(made);
  }
}
BENCHMARK(FanOutByName)->Arg(1)->Arg(10'000);

void CircuitOfOneCall(benchmark::State& state) {
  const core::Service service;
  engine::CircuitBreaker circuit{core::CircuitRecord{}, service, {}};
  const Now now{};
  for (auto _ : state) {
    const auto permit = circuit.acquire(service, now);
    circuit.finish(*permit, engine::CircuitEffect::kSuccess, service, now);
    benchmark::DoNotOptimize(circuit.closed());
  }
}
BENCHMARK(CircuitOfOneCall);

}  // namespace
