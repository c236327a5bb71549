#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <fstream>
#include <iostream>
#include <span>
#include <thread>

#include "cli/commands.hpp"
#include "cli/event_batches.hpp"
#include "cli/event_tail.hpp"

namespace mih::cli {
namespace {

constexpr Column kColumns[] = {
    {"ID", "id"}, {"SITE", "site"}, {"EVENT", "eventname"}, {"ACCEPTED", "accepted"}};
constexpr Column kTailColumns[] = {
    {"ACCEPTED", "accepted"}, {"SITE", "site"}, {"EVENT", "eventname"}, {"ID", "id"}};
constexpr Column kNameColumns[] = {{"EVENT", "eventname"},
                                   {"TITLE", "title"},
                                   {"SEEN", "seen"},
                                   {"LAST SEEN", "last_seen"},
                                   {"SAMPLES", "samples"}};
constexpr Column kFieldColumns[] = {{"PATH", "path"}, {"TYPE", "type"}, {"EXAMPLE", "example"}};
constexpr std::size_t kMostShown = 20;
constexpr std::chrono::milliseconds kBetweenLooks{500};
constexpr int kMostPages = 20;  // of 500 events at one look

struct Options {
  std::string file;
  std::string id;
  std::string site;
  std::string eventname;
  std::string text;
  int lines = 10;
  PageOptions page;
};

/// What became of all batches of a file.
struct Sent {
  std::int64_t accepted = 0;
  std::int64_t duplicates = 0;
  std::size_t rejected = 0;

  void add(const json::Value& answer, std::size_t first) {
    const auto count = [&](std::string_view name) -> std::int64_t {
      const auto value = answer.find(name);
      return value && value->is_number() ? value->as_int().value_or(0) : 0;
    };
    accepted += count("accepted");
    duplicates += count("duplicates");
    const auto faults = answer.find("rejected");
    if (!faults || !faults->is_array()) return;
    faults->each_element([&](const json::Value& fault) {
      if (++rejected > kMostShown || !fault.is_object()) return;
      const auto index = fault.find("index");
      const auto error = fault.find("error");
      std::cerr << fmt::format(
          "event {} was rejected: {}\n",
          first + 1 +
              static_cast<std::size_t>(index && index->is_number() ? index->as_int().value_or(0)
                                                                   : 0),
          error && error->is_string() ? harmless(error->as_string()) : "");
    });
  }
};

/// The answer of POST /events also has its own body, not a problem, when all events were rejected.
bool is_events_answer(const Answer& answer, json::Document& document) {
  return (answer.is_success() || answer.status == 400) && document.parse(answer.body) &&
         document.root().is_object() && document.root().find("rejected");
}

int send_all(Session& session, std::istream& in) {
  EventBatches batches{in};
  Sent sent;
  bool complete = true;
  while (const auto batch = batches.next()) {
    const auto answer = session.exchange("POST", "/events", batch->body, batch->content_type);
    json::Document document;
    complete = answer.has_value() && is_events_answer(*answer, document);
    if (!complete) {
      if (answer) session.print_problem(*answer, batch->body);
      break;
    }
    if (session.json()) std::cout << answer->body << "\n";
    sent.add(document.root(), batch->first);
  }
  if (sent.rejected > kMostShown) {
    std::cerr << fmt::format("and {} more were rejected\n", sent.rejected - kMostShown);
  }
  if (!session.json()) {
    std::cout << fmt::format("{} accepted, {} duplicates, {} rejected\n", sent.accepted,
                             sent.duplicates, sent.rejected);
  }
  if (!complete) std::cerr << "The rest was not sent; events with ids can be sent again safely.\n";
  std::cout << std::flush;
  return complete && sent.rejected == 0 ? kOk : kFailed;
}

int send(Session& session, const Options& options) {
  if (options.file == "-") return send_all(session, std::cin);
  std::error_code ignored;
  std::ifstream file(options.file, std::ios::binary);
  if (!file || std::filesystem::is_directory(options.file, ignored)) {
    std::cerr << fmt::format("mih: {} cannot be read\n", options.file);
    return kUsage;
  }
  return send_all(session, file);
}

/// Reads the list of events from the newest to what is known; false if no good answer came.
bool look(Session& session, const Options& options, EventTail& tail, int pages) {
  std::string cursor;
  for (int page = 0; page < pages; ++page) {
    QueryText query;
    query.add("eventname", options.eventname).add("site", options.site);
    query.add("limit", "500").add("cursor", cursor);
    const auto answer = session.call("GET", "/events" + query.text());
    json::Document document;
    if (!answer || !document.parse(answer->body)) return false;
    const auto items = document.root().find("items");
    const bool more = items && tail.take(*items);
    const auto next = document.root().find("next_cursor");
    if (!more || !next || !next->is_string()) return true;
    cursor = next->as_string();
  }
  if (pages > 1) std::cerr << "mih: events come faster than they can be shown; some are left out\n";
  return true;
}

void show_events(std::span<const std::string> events, bool as_json) {
  for (const std::string& event : events) {
    json::Document document;
    const bool plain = as_json || !document.parse(event);
    std::cout << (plain ? event : line(document.root(), kTailColumns)) << "\n";
  }
  std::cout << std::flush;
}

int tail(Session& session, const Options& options) {
  EventTail tail;
  if (!look(session, options, tail, 1)) return kFailed;
  const auto before = tail.flush();
  const auto shown = std::min(before.size(), static_cast<std::size_t>(options.lines));
  show_events(std::span{before}.last(shown), session.json());
  for (;;) {
    std::this_thread::sleep_for(kBetweenLooks);
    if (!look(session, options, tail, kMostPages)) return kFailed;
    show_events(tail.flush(), session.json());
  }
}

}  // namespace

void add_event(CLI::App& app, Session& session) {
  CLI::App& group = *Session::group(app, "event", "Events that came in");
  auto o = std::make_shared<Options>();
  const auto command = [&](const std::string& name, const std::string& help, auto action) {
    return session.hub_command(group, name, help,
                               [&session, o, action] { return action(session, *o); });
  };
  command("send", "Send events from a file: a JSON object or array, or NDJSON of any size", send)
      ->add_option("file", o->file, "The file; - is standard input")
      ->required();
  CLI::App* list = command("list", "The newest events", [](Session& s, const Options& options) {
    QueryText query;
    query.add("eventname", options.eventname).add("site", options.site);
    options.page.add_to(query);
    return s.list("/events" + query.text(), kColumns);
  });
  list->add_option("--event,--eventname", o->eventname, "Only this event name");
  list->add_option("--site", o->site, "Only this site");
  o->page.add_to(*list);
  CLI::App* tail_of = command("tail", "The newest events, and then each as it comes in", tail);
  tail_of->add_option("--event,--eventname", o->eventname, "Only this event name");
  tail_of->add_option("--site", o->site, "Only this site");
  tail_of->add_option("-n,--lines", o->lines, "So many of those that came before")
      ->check(CLI::Range(0, 500))
      ->capture_default_str();
  CLI::App* show =
      command("show", "One event with its deliveries, and why other rules did not match",
              [](Session& s, const Options& options) {
                const QueryText query = QueryText{}.add("site", options.site);
                return s.show("/events/" + encoded(options.id) + query.text());
              });
  show->add_option("id", o->id, "Id of the event")->required()->check(not_empty());
  show->add_option("--site", o->site, "Its site, when several have an event of that id");
  CLI::App* names =
      command("names", "Names of events: of the sites' catalogues, and those that came in",
              [](Session& s, const Options& options) {
                QueryText query;
                query.add("text", options.text);
                options.page.add_to(query);
                return s.list("/event-names" + query.text(), kNameColumns);
              });
  names->add_option("--text", o->text, "Only names or titles with this text");
  o->page.add_to(*names);
  command("fields", "Fields of the events of a name, with type and example",
          [](Session& s, const Options& options) {
            return s.list("/event-names/" + encoded(options.eventname) + "/fields", kFieldColumns);
          })
      ->add_option("eventname", o->eventname, "Name of the event")
      ->required()
      ->check(not_empty());
}

}  // namespace mih::cli
