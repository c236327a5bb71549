#include "cli/doctor_findings.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "base/json.hpp"
#include "cli/terminal.hpp"

namespace mih::cli {

std::string_view name_of(Finding::State state) {
  switch (state) {
    case Finding::State::kOk:
      return "ok";
    case Finding::State::kWarning:
      return "warning";
    case Finding::State::kProblem:
      break;
  }
  return "problem";
}

void Findings::ok(std::string check, std::string says) {
  all_.push_back({Finding::State::kOk, std::move(check), std::move(says), {}});
}

void Findings::warn(std::string check, std::string says, std::string advice) {
  all_.push_back({Finding::State::kWarning, std::move(check), std::move(says), std::move(advice)});
}

void Findings::problem(std::string check, std::string says, std::string advice) {
  all_.push_back({Finding::State::kProblem, std::move(check), std::move(says), std::move(advice)});
}

Finding::State Findings::state() const {
  auto worst = Finding::State::kOk;
  for (const auto& one : all_)
    worst = std::max(worst, one.state);
  return worst;
}

std::string Findings::as_json() const {
  json::Writer out;
  out.begin_object();
  out.member("status", name_of(state()));
  out.key("checks");
  out.begin_array();
  for (const auto& one : all_) {
    out.begin_object();
    out.member("check", one.check);
    out.member("status", name_of(one.state));
    out.member("summary", one.says);
    out.member("advice", one.advice);
    out.end_object();
  }
  out.end_array();
  out.end_object();
  return out.take();
}

std::string Findings::as_text() const {
  std::size_t width = 0;
  for (const auto& one : all_)
    width = std::max(width, one.check.size());
  std::string text;
  for (const auto& one : all_) {
    text +=
        fmt::format("{:<8} {:<{}}  {}\n", name_of(one.state), one.check, width, harmless(one.says));
    if (!one.advice.empty()) {
      text += fmt::format("{:<8} {:<{}}  -> {}\n", "", "", width, harmless(one.advice));
    }
  }
  return text;
}

}  // namespace mih::cli
