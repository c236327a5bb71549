#include "engine/predecessor.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <uninorm.h>

#include "core/amqp_address.hpp"
#include "core/base_url.hpp"
#include "core/fields.hpp"

namespace mih::engine {
namespace {

using core::ImportKind;
using std::chrono::milliseconds;

constexpr std::string_view kPrefix = "local_integrationhub_";
constexpr std::size_t kLongestName = 255;
constexpr std::size_t kLongestUrl = 2'000;
constexpr std::size_t kLongestTemplate = 256UL * 1024;
constexpr double kNoTimeout_s = 300;

/// A row of a table. Databases give numbers as numbers or as text.
class Row {
 public:
  explicit Row(const json::Value& row) : row_(row) {}

  std::string text(std::string_view column) const {
    const auto found = row_.find(column);
    if (!found || found->is_null()) return {};
    return found->is_string() ? found->as_string() : std::string{found->raw()};
  }

  std::optional<std::int64_t> integer(std::string_view column) const {
    const auto found = text(column);
    std::int64_t number = 0;
    const auto* end = found.data() + found.size();
    const auto [last, fault] = std::from_chars(found.data(), end, number);
    if (fault != std::errc{} || last != end) return std::nullopt;
    return number;
  }

  bool flag(std::string_view column, bool fallback) const {
    const auto found = text(column);
    return found.empty() ? fallback : found != "0" && found != "false";
  }

  std::optional<json::Value> value(std::string_view column) const { return row_.find(column); }

 private:
  json::Value row_;
};

const core::Field<core::Service>& service_field(std::string_view name) {
  const auto fields = core::service_fields();
  return *std::ranges::find(fields, name, &core::Field<core::Service>::name);
}

/// A whole number of a service, within what is allowed here.
double bounded(const Row& row, std::string_view column, double fallback, OriginalService& out) {
  const auto given = row.integer(column);
  if (!given) return fallback;
  const auto& field = service_field(column);
  const auto number = std::clamp(static_cast<double>(*given), field.min, field.max);
  if (number != static_cast<double>(*given)) {
    out.notices.push_back(
        fmt::format("{} was {} and is {}, the nearest that is allowed", column, *given, number));
  }
  return number;
}

milliseconds to_ms(double seconds) {
  return milliseconds{std::llround(seconds * 1000)};
}

/// The original took user and password of a broker as they stand; here they are percent-decoded.
std::string with_literal_credentials(std::string url) {
  const auto begin = url.find("://");
  if (begin == std::string::npos) return url;
  auto at = url.rfind('@', url.find_first_of("/?#", begin + 3));
  if (at == std::string::npos || at < begin) return url;
  for (auto percent = url.find('%', begin); percent < at; percent = url.find('%', percent + 3)) {
    url.insert(percent + 1, "25");
    at += 2;
  }
  return url;
}

void read_authentication(const Row& row, OriginalService& out) {
  auto& service = out.service;
  service.auth_token = row.text("auth_token");
  const auto type = row.text("auth_type");
  const bool sent = service.type == core::ServiceType::kRest && !service.auth_token.empty();
  if (sent && (type.empty() || type == "bearer")) service.auth_type = core::AuthType::kBearer;
  if (sent && type == "apikey") service.auth_type = core::AuthType::kApikey;
  if (service.auth_token.empty()) return;
  if (service.auth_type == core::AuthType::kNone) {
    out.notices.emplace_back(
        "has a token that the original did not send; auth_type is none, and the token is kept");
  }
  out.notices.emplace_back(
      "messages of the service are not accepted: the original took its token as their secret too; "
      "set inbound_secret and inbound_enabled if it sends any");
}

/// "" or why the service cannot be taken over.
std::string read_service(const Row& row, OriginalService& out) {
  auto& service = out.service;
  const auto type = row.text("type");
  if (type == "amqp") service.type = core::ServiceType::kAmqp;
  if (type == "soap") service.type = core::ServiceType::kSoap;
  if (!type.empty() && type != core::name_of(service.type)) {
    out.notices.push_back(fmt::format("type was \"{}\", which the original took for rest", type));
  }
  service.base_url = row.text("base_url");
  if (service.type == core::ServiceType::kAmqp) {
    service.base_url = with_literal_credentials(service.base_url);
    service.max_concurrency = core::kAmqpConcurrency;
    if (service.base_url.starts_with("amqps:")) {
      out.notices.emplace_back("the broker's certificate is checked now; the original did not");
    }
  }
  if (service.base_url.size() > kLongestUrl) return "base_url is over 2000 bytes long";
  if (auto fault = core::fault_of_base_url(service); !fault.empty()) return "base_url " + fault;
  read_authentication(row, out);
  if (auto fault = service_field("auth_token").fault(service.auth_token); !fault.empty()) {
    return "auth_token " + fault;
  }
  if (row.integer("timeout") == 0) {
    service.timeout = to_ms(kNoTimeout_s);
    out.notices.emplace_back("timeout was 0 (none) and is 300, the longest that is allowed");
  } else {
    service.timeout = to_ms(bounded(row, "timeout", 5, out));
  }
  service.max_retries = static_cast<std::int64_t>(bounded(row, "max_retries", 3, out));
  service.retry_backoff = to_ms(bounded(row, "retry_backoff", 1, out));
  service.cb_failure_threshold =
      static_cast<std::int64_t>(bounded(row, "cb_failure_threshold", 5, out));
  if (service.cb_failure_threshold == 0) {
    service.cb_failure_threshold = 1;
    out.notices.emplace_back(
        "cb_failure_threshold was 0, which opened at the first failure: it is "
        "1, as 0 means never");
  }
  service.cb_cooldown = to_ms(bounded(row, "cb_cooldown", 30, out));
  service.response_queue = row.text("response_queue");
  if (service.response_queue.size() > kLongestName) return "response_queue is over 255 bytes long";
  if (auto fault = service_field("response_queue").fault(service.response_queue); !fault.empty()) {
    return "response_queue " + fault;
  }
  service.enabled = row.flag("enabled", true);
  return {};
}

std::string read_rule(const Row& row, OriginalRule& out) {
  auto& rule = out.rule;
  rule.eventname = row.text("eventname");
  if (rule.eventname.empty()) return "it has no eventname";
  if (rule.eventname.size() > kLongestName) return "eventname is over 255 bytes long";
  out.service = row.integer("serviceid").value_or(0);
  rule.endpoint = row.text("endpoint");
  rule.payload_template = row.text("payload_template");
  if (rule.payload_template.size() > kLongestTemplate) {
    return "payload_template is over 256 KiB long; make it shorter in the file";
  }
  const auto method = row.text("http_method");
  const auto known = core::http_method_from(method);
  if (known) rule.http_method = *known;
  if (!known && !method.empty() && method != "AMQP") {
    out.notices.push_back(fmt::format("http_method was \"{}\" and is POST", method));
  }
  rule.enabled = row.flag("enabled", true);
  return {};
}

std::string read_letter(const Row& row, OriginalLetter& out) {
  out.service = row.integer("serviceid").value_or(0);
  out.eventname = row.text("eventname");
  out.payload = row.text("payload");
  out.error_message = row.text("error_message");
  out.created_s = row.integer("timecreated").value_or(0);
  json::Document document;
  if (!out.payload.empty() && !document.parse(out.payload)) return "its payload is not JSON";
  return {};
}

std::string read_task(const Row& row, OriginalTask& out) {
  const auto given = row.value("customdata");
  if (!given) return "it has no customdata";
  const auto custom = given->is_string() ? given->as_string() : std::string{given->raw()};
  json::Document document;
  if (!document.parse(custom) || !document.root().is_object()) {
    return "its customdata is not a JSON object";
  }
  out.rule = Row{document.root()}.integer("ruleid").value_or(0);
  const auto event = document.root().find("eventdata");
  if (!event || !event->is_object()) return "its customdata has no eventdata";
  out.event = event->raw();
  return {};
}

/// Reads one table after the other.
class TablesReader {
 public:
  Result<OriginalTables> run(const json::Value& document) {
    if (!document.is_object()) {
      return fail(ErrorCode::kValidationFailed,
                  "The body must be a JSON object whose members are the original's tables.");
    }
    document.each_member(
        [&](const json::Value& name, const json::Value& rows) { table(name.as_string(), rows); });
    if (!faults_.empty()) {
      auto detail = fmt::format("{}: {}.", faults_.front().field, faults_.front().message);
      return fail(ErrorCode::kValidationFailed, std::move(detail), std::move(faults_));
    }
    if (auto fits = check_limits(); !fits) return fail(fits);
    return std::move(tables_);
  }

 private:
  void table(std::string name, const json::Value& rows) {
    if (!rows.is_array()) return faults_.push_back({std::move(name), "must be an array of rows"});
    const auto short_name =
        name.starts_with(kPrefix) ? std::string_view{name}.substr(kPrefix.size()) : "";
    if (short_name == "svc") return services(rows);
    if (short_name == "rules") return rules(rows);
    if (short_name == "dlq") return letters(rows);
    if (name == "task_adhoc") return tasks(rows);
    if (short_name == "cb" || short_name == "log") return;  // the hub counts anew
    faults_.push_back({std::move(name),
                       "is none of the original's tables: local_integrationhub_svc, _rules, _dlq, "
                       "_cb, _log, task_adhoc"});
  }

  /// Calls read(Row, item) for each row that has an id, and keeps the item when it returns "".
  template <class Item, class Read, class Name>
  void each(const json::Value& rows, ImportKind kind, std::vector<Item>& items, Read read,
            Name name) {
    rows.each_element([&](const json::Value& value) {
      const Row row{value};
      Item item;
      std::string error = "it is not an object with an id";
      if (value.is_object()) {
        item.id = row.integer("id").value_or(0);
        if (item.id > 0) error = read(row, item);
      }
      if (error.empty()) {
        items.push_back(std::move(item));
      } else {
        tables_.refused.push_back({kind, name(item), std::move(error)});
      }
    });
  }

  void services(const json::Value& rows) {
    const auto read = [](const Row& row, OriginalService& out) -> std::string {
      out.name = row.text("name");
      if (out.name.empty()) return "it has no name";
      out.service.name = nearest_service_name(out.name);
      return read_service(row, out);
    };
    each(rows, ImportKind::kService, tables_.services, read, [](const OriginalService& item) {
      return item.name.empty() ? fmt::format("service {}", item.id) : item.name;
    });
  }

  void rules(const json::Value& rows) {
    each(rows, ImportKind::kRule, tables_.rules, read_rule,
         [](const OriginalRule& item) { return fmt::format("rule {}", item.id); });
  }

  void letters(const json::Value& rows) {
    each(rows, ImportKind::kDeadLetter, tables_.letters, read_letter,
         [](const OriginalLetter& item) { return fmt::format("dead letter {}", item.id); });
  }

  void tasks(const json::Value& rows) {
    const auto read = [](const Row& row, OriginalTask& out) -> std::string {
      const auto name = row.text("classname");
      if (name.empty() || name.ends_with("local_integrationhub\\task\\dispatch_event_task")) {
        return read_task(row, out);
      }
      return "it is a task of something else (" + name + ")";
    };
    each(rows, ImportKind::kDelivery, tables_.tasks, read,
         [](const OriginalTask& item) { return fmt::format("task {}", item.id); });
  }

  Result<void> check_limits() const {
    struct Limit {
      std::string_view what;
      std::size_t count;
      std::size_t most;
    };
    const std::array limits{
        Limit{"services", tables_.services.size(), kMostImportedServices},
        Limit{"rules", tables_.rules.size(), kMostImportedRules},
        Limit{"dead letters and tasks", tables_.letters.size() + tables_.tasks.size(),
              kMostImportedEvents}};
    for (const auto& limit : limits) {
      if (limit.count <= limit.most) continue;
      return fail(
          ErrorCode::kTooLarge,
          fmt::format("An import may have at most {} {}, this one has {}. Import the rows in "
                      "several parts, services and rules first.",
                      limit.most, limit.what, limit.count));
    }
    return {};
  }

  OriginalTables tables_;
  std::vector<FieldError> faults_;
};

/// Without accents, as far as Unicode takes letters apart.
std::string decomposed(std::string_view text) {
  std::size_t size = 0;
  const std::unique_ptr<std::uint8_t, decltype(&std::free)> made{
      u8_normalize(UNINORM_NFKD, reinterpret_cast<const std::uint8_t*>(text.data()), text.size(),
                   nullptr, &size),
      &std::free};
  if (!made) return std::string{text};
  return {reinterpret_cast<const char*>(made.get()), size};
}

/// A combining mark (U+0300 to U+036F) begins here.
bool is_mark(std::string_view text) {
  return text.size() > 1 && (text[0] == '\xCC' || (text[0] == '\xCD' && text[1] <= '\xAF'));
}

}  // namespace

std::string nearest_service_name(std::string_view name) {
  if (core::is_service_name(name)) return std::string{name};
  const auto plain = decomposed(name);
  std::string out;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    if (is_mark(std::string_view{plain}.substr(i))) {
      ++i;
      continue;
    }
    const std::string_view one{&plain[i], 1};
    const bool fits = core::is_service_name(out + std::string{one});
    if (fits) {
      out += one;
    } else if (!out.empty() && !out.ends_with('-')) {
      out += '-';
    }
  }
  out.resize(std::min(out.size(), kLongestName));
  while (out.ends_with('-'))
    out.pop_back();
  return out.empty() ? "service" : out;
}

Result<OriginalTables> read_original(const json::Value& document) {
  return TablesReader{}.run(document);
}

}  // namespace mih::engine
