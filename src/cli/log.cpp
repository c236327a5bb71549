#include "cli/commands.hpp"

namespace mih::cli {
namespace {

constexpr Column kColumns[] = {{"TIME", "timecreated"},  {"SERVICE", "service"},
                               {"KIND", "kind"},         {"METHOD", "http_method"},
                               {"ENDPOINT", "endpoint"}, {"HTTP", "http_status"},
                               {"MS", "latency_ms"},     {"ATTEMPTS", "attempt_count"},
                               {"OK", "success"},        {"ERROR", "error_message"}};

constexpr Column kAuditColumns[] = {{"TIME", "timecreated"},
                                    {"WHO", "who"},
                                    {"FROM", "address"},
                                    {"ACTION", "action"},
                                    {"WHAT", "what"}};

struct Options {
  std::string service;
  std::string success;
  std::string direction;
  std::string from;
  std::string to;
  std::string text;
  PageOptions page;
};

int list(Session& session, const Options& options) {
  QueryText query;
  query.add("service", options.service).add("success", options.success);
  query.add("direction", options.direction).add("from", options.from).add("to", options.to);
  query.add("text", options.text);
  options.page.add_to(query);
  return session.list("/log" + query.text(), kColumns);
}

}  // namespace

void add_log(CLI::App& app, Session& session) {
  CLI::App& group = *Session::group(app, "log", "Request log: finished calls");
  auto o = std::make_shared<Options>();
  CLI::App* listing = session.hub_command(group, "list", "The newest calls",
                                          [&session, o] { return list(session, *o); });
  listing->add_option("--service", o->service, "Only of this service");
  listing->add_flag("--success{true},--failed{false}", o->success, "Only with this result");
  listing->add_option("--direction", o->direction, "outbound or inbound");
  listing->add_option("--from", o->from, "At or after, Unix seconds");
  listing->add_option("--to", o->to, "Before, Unix seconds");
  listing->add_option("--text", o->text, "Only with this text");
  o->page.add_to(*listing);
  CLI::App* trail = session.hub_command(group, "audit", "Who changed what", [&session, o] {
    QueryText query;
    o->page.add_to(query);
    return session.list("/audit" + query.text(), kAuditColumns);
  });
  o->page.add_to(*trail);
  session.hub_command(group, "clear", "Delete all entries", [&session] {
    return session.change("POST", "/log/clear", "", "The request log is empty.");
  });
}

}  // namespace mih::cli
