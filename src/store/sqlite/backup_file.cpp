#include "store/sqlite/backup_file.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <memory>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "base/hash.hpp"
#include "base/json.hpp"
#include "store/sqlite/schema.hpp"

namespace mih::store::sqlite {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic{"SQLite format 3\0", 16};
constexpr std::size_t kHeadBytes =
    100;  // https://www.sqlite.org/fileformat2.html#the_database_header
constexpr std::size_t kMarkBytes = 512;
constexpr std::size_t kDigestBytes = 64;
constexpr std::string_view kMarkBegin = "mih backup ";
constexpr std::string_view kFormat = "1 ";
constexpr std::size_t kPieceBytes = 1U << 20U;

class File {
 public:
  File(const fs::path& path, int flags) : file_(::open(path.c_str(), flags | O_CLOEXEC)) {}
  ~File() {
    if (file_ >= 0) ::close(file_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int number() const { return file_; }

 private:
  int file_;
};

std::unexpected<Error> system_failure(const fs::path& path, std::string_view what) {
  const int error = errno;
  return fail(error == ENOSPC ? ErrorCode::kDiskFull : ErrorCode::kStoreFailed,
              fmt::format("{} {}: {}; check the disk and the permissions", path.string(), what,
                          std::strerror(error)));
}

std::unexpected<Error> damaged(const fs::path& path, std::string_view what) {
  return fail(ErrorCode::kStoreDamaged,
              fmt::format("{} {}. Nothing was changed; use another backup", path.string(), what));
}

/// SHA-256 of pieces.
class Digest {
 public:
  Digest() : context_(EVP_MD_CTX_new()) {
    require(context_ && EVP_DigestInit_ex2(context_.get(), EVP_sha256(), nullptr) == 1);
  }
  void add(std::string_view bytes) {
    require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
  }
  std::string hex() {
    Sha256 digest{};
    require(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) == 1);
    return to_hex(digest);
  }

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  static void require(bool done) {
    if (!done) std::abort();  // only without memory or without OpenSSL's default provider
  }
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

/// Reads up to `size` bytes, fewer at the end of the file; -1 is a failure.
ssize_t read_piece(int file, char* to, std::size_t size) {
  std::size_t got = 0;
  while (got < size) {
    const auto count = ::read(file, to + got, size - got);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return -1;
    if (count == 0) break;
    got += static_cast<std::size_t>(count);
  }
  return static_cast<ssize_t>(got);
}

bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::write(file, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

std::uint32_t big_endian(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i)
    value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

/// How large the database is by its own head.
std::int64_t database_bytes(std::string_view head) {
  const std::uint32_t page = big_endian(head, 16, 2);
  const std::int64_t page_bytes = page == 1 ? 65536 : page;
  return page_bytes * big_endian(head, 28, 4);
}

std::string mark_text(const BackupMark& mark) {
  json::Writer out;
  out.begin_object();
  out.member("made", to_unix_s(mark.made));
  out.member("mih", mark.mih);
  out.end_object();
  std::string text = fmt::format("{}{}{}", kMarkBegin, kFormat, out.text());
  text.resize(kMarkBytes - kDigestBytes - 1, ' ');
  return text + '\n';
}

Result<BackupMark> read_mark(const fs::path& path, std::string_view text) {
  text.remove_prefix(kMarkBegin.size());
  if (!text.starts_with(kFormat)) {
    return fail(ErrorCode::kStoreTooNew,
                fmt::format("{} was made by a newer mih; install that version or restore an older "
                            "backup",
                            path.string()));
  }
  text.remove_prefix(kFormat.size());
  text = text.substr(0, text.find_last_of('}') + 1);
  json::Document document;
  if (!document.parse(text) || !document.root().is_object()) {
    return damaged(path, "is damaged: the mark at its end cannot be read");
  }
  BackupMark mark;
  if (const auto made = document.root().find("made"); made && made->is_number()) {
    mark.made = from_unix_ms(made->as_int().value_or(0) * 1000);
  }
  if (const auto mih = document.root().find("mih"); mih && mih->is_string()) {
    mark.mih = mih->as_string();
  }
  return mark;
}

/// Judges what the head of a database says, before its checksum is known.
Result<void> check_head(const fs::path& path, std::string_view head) {
  constexpr std::size_t kUserVersion = 60;
  constexpr std::size_t kApplication = 68;
  if (!head.starts_with(kMagic) || big_endian(head, kApplication, 4) != kApplicationId) {
    return damaged(path, "is no backup of a hub");
  }
  const auto version = std::int64_t{big_endian(head, kUserVersion, 4)};
  const auto known = std::ssize(migrations());
  if (version <= known) return {};
  return fail(
      ErrorCode::kStoreTooNew,
      fmt::format("{} is of a newer mih (store version {}, this one knows {}); install that "
                  "version or restore an older backup",
                  path.string(), version, known));
}

}  // namespace

Result<void> mark_backup(const fs::path& path, const BackupMark& mark, const Progress& progress) {
  const File file(path, O_RDWR);
  struct stat info{};
  if (file.number() < 0 || ::fstat(file.number(), &info) != 0) {
    return system_failure(path, "cannot be opened");
  }
  Digest digest;
  std::vector<char> piece(kPieceBytes);
  for (std::int64_t done = 0;;) {
    const auto count = read_piece(file.number(), piece.data(), piece.size());
    if (count < 0) return system_failure(path, "cannot be read");
    if (count == 0) break;
    digest.add({piece.data(), static_cast<std::size_t>(count)});
    done += count;
    progress("sealing", done, info.st_size);
  }
  std::string text = mark_text(mark);
  digest.add(text);
  text += digest.hex();
  if (!write_all(file.number(), text) || ::fsync(file.number()) != 0) {
    return system_failure(path, "cannot be written");
  }
  return {};
}

Result<BackupMark> look_at_backup(const fs::path& path) {
  const File file(path, O_RDONLY);
  struct stat info{};
  if (file.number() < 0 || ::fstat(file.number(), &info) != 0) {
    return fail(ErrorCode::kNotFound,
                fmt::format("{} cannot be read: {}", path.string(), std::strerror(errno)));
  }
  if (!S_ISREG(info.st_mode)) return damaged(path, "is not a file");
  std::array<char, kHeadBytes> head{};
  const auto count = read_piece(file.number(), head.data(), head.size());
  if (count < 0) return system_failure(path, "cannot be read");
  if (std::cmp_less(count, head.size())) return damaged(path, "is no backup of a hub, or cut off");
  const std::string_view bytes{head.data(), head.size()};
  if (auto checked = check_head(path, bytes); !checked) return fail(checked);

  const auto wanted = database_bytes(bytes) + static_cast<std::int64_t>(kMarkBytes);
  std::array<char, kMarkBytes> end{};
  const bool has_end = info.st_size >= wanted &&
                       ::lseek(file.number(), wanted - std::ssize(end), SEEK_SET) >= 0 &&
                       read_piece(file.number(), end.data(), end.size()) == std::ssize(end);
  const std::string_view text{end.data(), end.size()};
  if (!has_end || !text.starts_with(kMarkBegin)) {
    return damaged(path, info.st_size < wanted
                             ? fmt::format("is not complete: {} of {} bytes are there. It was cut "
                                           "off, or is a database that mih backup has not made",
                                           info.st_size, wanted)
                             : "has no mark of mih backup at its end");
  }
  if (info.st_size > wanted) return damaged(path, "has something behind its end");
  return read_mark(path, text);
}

Result<void> copy_out_of_backup(const fs::path& path, const fs::path& to,
                                const Progress& progress) {
  const File file(path, O_RDONLY);
  const File target(to, O_WRONLY);
  struct stat info{};
  if (file.number() < 0 || ::fstat(file.number(), &info) != 0) {
    return system_failure(path, "cannot be opened");
  }
  if (target.number() < 0) return system_failure(to, "cannot be opened");
  const auto database = std::int64_t{info.st_size} - static_cast<std::int64_t>(kMarkBytes);
  Digest digest;
  std::vector<char> piece(kPieceBytes);
  for (std::int64_t done = 0; done < database;) {
    const auto size = std::min<std::int64_t>(std::ssize(piece), database - done);
    const auto count = read_piece(file.number(), piece.data(), static_cast<std::size_t>(size));
    if (count < 0) return system_failure(path, "cannot be read");
    if (count != size) return damaged(path, "was cut off while it was read");
    const std::string_view bytes{piece.data(), static_cast<std::size_t>(count)};
    digest.add(bytes);
    if (!write_all(target.number(), bytes)) return system_failure(to, "cannot be written");
    done += count;
    progress("copying", done, database);
  }
  std::array<char, kMarkBytes> end{};
  if (read_piece(file.number(), end.data(), end.size()) != std::ssize(end)) {
    return damaged(path, "was cut off while it was read");
  }
  const std::string_view text{end.data(), end.size()};
  digest.add(text.substr(0, kMarkBytes - kDigestBytes));
  if (digest.hex() != text.substr(kMarkBytes - kDigestBytes)) {
    return damaged(path, "is damaged: its content is not what was written (SHA-256)");
  }
  if (::fsync(target.number()) != 0) return system_failure(to, "cannot be synced");
  return {};
}

}  // namespace mih::store::sqlite
