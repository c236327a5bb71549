#pragma once

#include <vector>

#include "core/alert.hpp"
#include "core/circuit.hpp"
#include "core/delivery.hpp"
#include "core/rule.hpp"
#include "core/service.hpp"
#include "core/settings.hpp"
#include "core/statistics.hpp"
#include "core/token.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/ledger.hpp"

/// Rows read into the nouns of core, for the writing and the reading side.
namespace mih::store::sqlite {

/// Columns state, parked_because, counted, due_ms, attempts of the pending table.
core::Progress read_waiting(const Rows& row, int first);
/// Columns state, attempt_count, counted, http_status, latency_ms, finished_ms, error, attempts of
/// the outcome table.
core::Progress read_finished(const Rows& row, int first);

/// All columns of a dead letter, in this order; the service's name as it is now.
inline constexpr const char* kDeadLetterColumns =
    "id, eventname, serviceid, payload, error_message, created_ms, event_seq, ordinal, delivery_id,"
    " reason, site, event_id, accepted_ms, rule_id, rule_name,"
    " coalesce((SELECT name FROM local_integrationhub_svc s WHERE s.id = serviceid), service_name),"
    " method, url,"
    " http_status, ordering_key, replaying, attempts, headers, response, event";
/// `whole`: with headers, response and event body.
core::DeadLetter read_dead_letter(Connection& connection, const Rows& row, bool whole);

/// The columns of a row of statistics, in this order.
inline constexpr const char* kCountsColumns =
    "minute, accepted, delivered, dead, calls, failed, retried, latency_sum_ms, latency, backlog";
core::Counts read_counts(const Rows& row);

std::vector<core::Service> read_services(Connection& connection);
std::vector<core::Rule> read_rules(Connection& connection);
std::vector<core::Token> read_tokens(Connection& connection);
core::Settings read_settings(Connection& connection);
std::vector<core::CircuitRecord> read_circuits(Connection& connection);
std::vector<core::Alert> read_alerts(Connection& connection);
Head read_head(Connection& connection);

}  // namespace mih::store::sqlite
