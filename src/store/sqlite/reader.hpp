#pragma once

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "store/secret_box.hpp"
#include "store/sqlite/connection.hpp"
#include "store/store.hpp"

namespace mih::store::sqlite {

/// The reading side: a few connections of its own, opened when they are needed. Each function is
/// one read transaction, so one snapshot.
class SqliteReader final : public Reader {
 public:
  SqliteReader(std::filesystem::path file, std::string vfs);

  /// Checks that the store can be read.
  Result<void> check();
  /// Finds the key of the secrets; call it before the first query, unless they are given.
  Result<void> unlock(const KeyFile& file);
  void use_secrets(std::shared_ptr<SecretBox> secrets) { secrets_ = std::move(secrets); }

  Result<std::vector<core::Service>> services() override;
  Result<std::vector<core::Rule>> rules() override;
  Result<std::map<core::RuleId, WallTime>> flagged_rules() override;
  Result<std::map<core::RuleId, core::RuleHits>> rule_hits() override;
  Result<Imported> imported(const std::string& site) override;
  Result<ServiceAliases> aliases() override;
  Result<std::vector<core::Token>> tokens() override;
  Result<std::vector<core::Site>> sites() override;
  Result<std::string> catalogue(core::SiteId site) override;
  Result<core::Subscriptions> subscriptions() override;
  Result<std::vector<core::NamedSecret>> secrets() override;
  Result<std::vector<core::User>> users() override;
  Result<std::vector<core::AuditEntry>> audit(Page page) override;
  Result<core::Settings> settings() override;
  Result<std::vector<core::CircuitRecord>> circuits() override;
  Result<std::map<core::ServiceId, core::LaneHistory::Changes>> circuit_changes() override;
  Result<std::vector<core::Alert>> alerts() override;
  Result<core::Totals> totals() override;
  Result<std::int64_t> dead_letter_count() override;
  Result<std::map<core::ServiceId, ServiceStatistics>> statistics(WallTime now) override;
  Result<std::vector<SeriesPoint>> series(const SeriesRange& range) override;
  Result<std::map<std::string, DeadLetterFigures>> dead_letter_figures() override;
  Result<std::optional<WallTime>> oldest_open() override;

  Result<std::vector<core::Event>> events(const EventFilter& filter, Page page) override;
  Result<std::optional<core::Event>> event(std::string_view site, std::string_view id) override;
  Result<std::vector<DeliveryRow>> deliveries_of(core::EventSeq event) override;
  Result<std::vector<DeliveryRow>> deliveries(const DeliveryFilter& filter, Page page) override;
  Result<std::optional<DeliveryRow>> delivery(std::string_view id) override;

  Result<std::vector<core::DeadLetter>> dead_letters(const DeadLetterFilter& filter,
                                                     Page page) override;
  Result<std::optional<core::DeadLetter>> dead_letter(core::DeadLetterId id) override;
  Result<std::vector<core::DeadLetterId>> find_dead_letters(
      const DeadLetterFilter& filter) override;

  Result<std::optional<core::Job>> job(core::JobId id) override;
  Result<std::vector<core::JobId>> running_jobs() override;

  Result<std::map<core::ServiceId, InboundFigures>> inbound_figures() override;
  Result<std::vector<InboundRow>> inbound_rows(core::ServiceId service, core::InboundSeq after,
                                               std::size_t limit) override;
  Result<std::optional<core::InboundMessage>> inbound_message(core::InboundSeq seq) override;

  Result<std::vector<LogRow>> log(const LogFilter& filter, Page page) override;

  Result<core::Learned> learned() override;
  Result<std::vector<core::EventPtr>> samples_of(const std::string& site,
                                                 std::int64_t user) override;

 private:
  Result<std::unique_ptr<Connection>> borrow();
  void give_back(std::unique_ptr<Connection> connection);

  /// Runs `query(Connection&)` in one read transaction.
  template <class Query>
  auto read(Query&& query) -> Result<std::invoke_result_t<Query, Connection&>>;

  std::filesystem::path file_;
  std::string vfs_;
  std::shared_ptr<SecretBox> secrets_;
  std::mutex mutex_;
  std::condition_variable free_;
  std::vector<std::unique_ptr<Connection>> idle_;
  int lent_ = 0;
};

template <class Query>
auto SqliteReader::read(Query&& query) -> Result<std::invoke_result_t<Query, Connection&>> {
  auto connection = borrow();
  if (!connection) return fail(connection);
  Result<void> done;
  std::invoke_result_t<Query, Connection&> answer;
  {
    Transaction transaction{**connection, Transaction::Kind::kRead};
    answer = query(**connection);
    done = transaction.commit();
  }
  give_back(std::move(*connection));
  if (!done) return fail(done);
  return answer;
}

}  // namespace mih::store::sqlite
