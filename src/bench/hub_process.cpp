#include "bench/hub_process.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <optional>
#include <poll.h>
#include <signal.h>
#include <sstream>
#include <string_view>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

namespace mih::bench {
namespace {

constexpr auto kStopLimit = std::chrono::milliseconds{15'000};
constexpr auto kApiTimeout = std::chrono::milliseconds{10'000};
constexpr std::string_view kListening = "listening on ";

/// The environment of the hub: ours without its settings, plus leave to reach the receiver.
std::vector<std::string> hub_environment() {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text{*variable};
    if (!text.starts_with("MIH_")) variables.emplace_back(text);
  }
  variables.emplace_back("MIH_ALLOWED_PRIVATE=127.0.0.0/8");
  return variables;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (std::string& text : texts)
    result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

/// Everything the child needs, prepared before the fork: between fork and exec only calls that are
/// safe after a fork of a threaded program are made.
struct Spawn {
  const char* program;
  char* const* arguments;
  char* const* environment;
  const char* directory;
  int output;
  int log;
  pid_t parent;
};

[[noreturn]] void become_hub(const Spawn& spawn) {
  setpgid(0, 0);  // Ctrl-C is for the parent, which then stops the hub in an orderly way
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (getppid() == spawn.parent && chdir(spawn.directory) == 0 &&
      dup2(spawn.output, STDOUT_FILENO) >= 0 && dup2(spawn.log, STDERR_FILENO) >= 0) {
    execve(spawn.program, spawn.arguments, spawn.environment);
  }
  _exit(127);
}

/// Waits until one of `fds` is readable; false when the time is up.
template <std::size_t kSize>
bool wait_readable(std::array<pollfd, kSize>& fds, std::chrono::steady_clock::time_point until) {
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    const int ready = ::poll(fds.data(), fds.size(), static_cast<int>(left.count()));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

/// A value of /proc/PID/status in bytes.
std::int64_t status_bytes(const std::string& status, std::string_view key) {
  const auto at = status.find(key);
  if (at == std::string::npos) return 0;
  return std::strtoll(status.c_str() + at + key.size(), nullptr, 10) * 1024;
}

}  // namespace

Result<std::unique_ptr<HubProcess>> HubProcess::start(const Options& options) {
  std::unique_ptr<HubProcess> hub{new HubProcess};
  hub->data_dir_ = options.data_dir;
  hub->log_ = options.data_dir / "hub.log";
  if (auto spawned = hub->spawn(options); !spawned) return fail(spawned);
  if (auto listening = hub->await_listening(options.start_limit); !listening) {
    const std::string log = hub->end_of_log();
    return fail(ErrorCode::kInternal,
                listening.error().detail + (log.empty() ? "" : "; its log ends with:\n" + log));
  }
  return hub;
}

Result<void> HubProcess::spawn(const Options& options) {
  const std::string program = options.program.empty() ? "/proc/self/exe" : options.program.string();
  std::vector<std::string> arguments{"mih",      "serve",       "--data", options.data_dir.string(),
                                     "--listen", options.listen};
  arguments.insert(arguments.end(), options.arguments.begin(), options.arguments.end());
  std::vector<std::string> environment = hub_environment();
  const auto argument_pointers = pointers(arguments);
  const auto environment_pointers = pointers(environment);

  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) {
    return fail(ErrorCode::kInternal, errno_text("cannot make a pipe"));
  }
  output_ = Fd{pipe[0]};
  const Fd output_end{pipe[1]};
  const Fd log{::open(log_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)};
  if (!log) return fail(ErrorCode::kInternal, errno_text("cannot write " + log_.string()));

  const Spawn spawn{program.c_str(),   argument_pointers.data(), environment_pointers.data(),
                    data_dir_.c_str(), output_end.get(),         log.get(),
                    ::getpid()};
  pid_ = ::fork();
  if (pid_ == 0) become_hub(spawn);
  if (pid_ < 0) return fail(ErrorCode::kInternal, errno_text("cannot start a process"));
  process_ = Fd{static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0))};
  if (!process_) return fail(ErrorCode::kInternal, errno_text("cannot watch the hub's process"));
  return {};
}

Result<void> HubProcess::await_listening(std::chrono::milliseconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  std::string line;
  while (!line.contains('\n')) {
    std::array<pollfd, 1> fds{{{output_.get(), POLLIN, 0}}};
    if (!wait_readable(fds, until)) {
      return fail(ErrorCode::kInternal, "the hub did not say in time that it listens");
    }
    std::array<char, 512> buffer;
    const ssize_t got = ::read(output_.get(), buffer.data(), buffer.size());
    if (got <= 0) return fail(ErrorCode::kInternal, "the hub ended before it listened");
    line.append(buffer.data(), static_cast<std::size_t>(got));
  }
  line.resize(line.find('\n'));
  if (!line.starts_with(kListening)) {
    return fail(ErrorCode::kInternal, "the hub's first line is \"" + line + "\"");
  }
  url_ = line.substr(kListening.size());
  auto endpoint = parse_endpoint(url_);
  if (!endpoint) return fail(endpoint);
  endpoint_ = std::move(*endpoint);
  return {};
}

std::string HubProcess::end_of_log() const {
  constexpr std::size_t kShown = 2000;
  std::ifstream file{log_};
  std::string text{std::istreambuf_iterator<char>{file}, {}};
  if (text.size() > kShown) text.erase(0, text.size() - kShown);
  return text;
}

HttpClient HubProcess::admin() const {
  return HttpClient::over_unix(data_dir_ / "admin.sock", kApiTimeout);
}

HubProcess::Usage HubProcess::usage() const {
  Usage usage;
  clockid_t clock{};
  timespec time{};
  if (clock_getcpuclockid(pid_, &clock) == 0 && clock_gettime(clock, &time) == 0) {
    usage.cpu = std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
  }
  std::ifstream file{"/proc/" + std::to_string(pid_) + "/status"};
  const std::string status{std::istreambuf_iterator<char>{file}, {}};
  usage.resident_bytes = status_bytes(status, "VmRSS:");
  usage.peak_bytes = status_bytes(status, "VmHWM:");
  return usage;
}

int HubProcess::stop() {
  if (pid_ <= 0) return -1;
  ::kill(pid_, SIGTERM);
  std::array<pollfd, 1> fds{{{process_.get(), POLLIN, 0}}};
  if (!process_ || !wait_readable(fds, std::chrono::steady_clock::now() + kStopLimit)) {
    ::kill(pid_, SIGKILL);
  }
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

HubProcess::~HubProcess() {
  stop();
}

}  // namespace mih::bench
