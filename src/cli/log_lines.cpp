#include "cli/log_lines.hpp"

#include <spdlog/formatter.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "base/json.hpp"
#include "cli/terminal.hpp"

namespace mih::cli {
namespace {

class JsonLines final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& line, spdlog::memory_buf_t& out) override {
    const auto time = std::chrono::floor<std::chrono::milliseconds>(line.time.time_since_epoch());
    const spdlog::string_view_t level = spdlog::level::to_string_view(line.level);
    json::Writer writer;
    writer.begin_object();
    writer.member("time", static_cast<double>(time.count()) / 1000);
    writer.member("level", std::string_view{level.data(), level.size()});
    writer.member("message", std::string_view{line.payload.data(), line.payload.size()});
    writer.end_object();
    const std::string& text = writer.text();
    out.append(text.data(), text.data() + text.size());
    out.push_back('\n');
  }
  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<JsonLines>();
  }
};

/// The message without what a terminal would obey: what services say is in some.
class HarmlessMessage final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& line, const std::tm&,
              spdlog::memory_buf_t& out) override {
    const auto text = harmless({line.payload.data(), line.payload.size()});
    out.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<spdlog::custom_flag_formatter> clone() const override {
    return std::make_unique<HarmlessMessage>();
  }
};

spdlog::level::level_enum level_of(config::LogLevel level) {
  switch (level) {
    case config::LogLevel::kDebug:
      return spdlog::level::debug;
    case config::LogLevel::kInfo:
      return spdlog::level::info;
    case config::LogLevel::kWarn:
      return spdlog::level::warn;
    case config::LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

}  // namespace

void set_up_log(const config::Config& config) {
  auto logger =
      std::make_shared<spdlog::logger>("mih", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  const bool is_text = config.log_format == config::LogFormat::kText ||
                       (config.log_format == config::LogFormat::kAuto && isatty(STDERR_FILENO));
  if (is_text) {
    auto lines = std::make_unique<spdlog::pattern_formatter>();
    lines->add_flag<HarmlessMessage>('*').set_pattern("%Y-%m-%d %H:%M:%S.%e %-7l %*");
    logger->set_formatter(std::move(lines));
  } else {
    logger->set_formatter(std::make_unique<JsonLines>());
  }
  logger->set_level(level_of(config.log_level));
  logger->flush_on(spdlog::level::debug);
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace mih::cli
