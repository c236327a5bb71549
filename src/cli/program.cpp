#include "cli/program.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace mih::cli {
namespace {

constexpr std::size_t kChunk = 4096;
constexpr int kSignalBase = 128;  ///< as shells report a program that a signal ended

class Pipe {
 public:
  Pipe() { valid_ = ::pipe2(ends_.data(), O_CLOEXEC) == 0; }
  ~Pipe() {
    close(0);
    close(1);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  bool valid() const { return valid_; }
  int end(std::size_t which) const { return ends_[which]; }
  void close(std::size_t which) {
    if (ends_[which] >= 0) ::close(ends_[which]);
    ends_[which] = -1;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
  bool valid_ = false;
};

std::string read_all(int file) {
  std::string text;
  std::array<char, kChunk> chunk{};
  for (;;) {
    const auto count = ::read(file, chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return text;
    text.append(chunk.data(), static_cast<std::size_t>(count));
  }
}

std::unexpected<Error> failure(const std::string& program, int error) {
  return fail(ErrorCode::kInternal,
              fmt::format("{} cannot be run: {}.", program, std::strerror(error)));
}

}  // namespace

Result<Finished> run_program(const std::vector<std::string>& arguments, const std::string& input) {
  Pipe in;
  Pipe out;
  if (!in.valid() || !out.valid()) return failure(arguments.front(), errno);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.end(0), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out.end(1), STDOUT_FILENO);
  std::vector<char*> words;
  for (const auto& argument : arguments)
    words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  pid_t child = 0;
  const int error = ::posix_spawnp(&child, words.front(), &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return failure(arguments.front(), error);
  in.close(0);
  out.close(1);
  // A few bytes: they fit into the pipe, whether the program reads them or not.
  [[maybe_unused]] const auto written = ::write(in.end(1), input.data(), input.size());
  in.close(1);

  Finished finished;
  finished.output = read_all(out.end(0));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  finished.code = WIFEXITED(status) ? WEXITSTATUS(status) : kSignalBase + WTERMSIG(status);
  return finished;
}

}  // namespace mih::cli
