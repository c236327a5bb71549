#include "api/unpack.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>
#include <zlib.h>

namespace mih::api {
namespace {

constexpr std::size_t kPiece = 256U << 10U;
constexpr int kGzipWindow = 15 + 16;  // zlib.h: 16 more reads gzip and nothing else

class Inflater {
 public:
  explicit Inflater(std::string& packed) {
    stream_.next_in = reinterpret_cast<Bytef*>(packed.data());
    stream_.avail_in = static_cast<uInt>(packed.size());
    ready_ = inflateInit2(&stream_, kGzipWindow) == Z_OK;
  }
  ~Inflater() {
    if (ready_) inflateEnd(&stream_);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  enum class Step { kMore, kDone, kBroken };

  /// Appends at most `room` bytes to `out`.
  Step step(std::string& out, std::size_t room) {
    if (!ready_) return Step::kBroken;
    const auto before = out.size();
    out.resize(before + room);
    stream_.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream_.avail_out = static_cast<uInt>(room);
    const int status = inflate(&stream_, Z_NO_FLUSH);
    out.resize(before + room - stream_.avail_out);
    if (status == Z_STREAM_END) {
      if (stream_.avail_in == 0) return Step::kDone;
      return inflateReset(&stream_) == Z_OK ? Step::kMore : Step::kBroken;
    }
    // Without room left there is more to come; otherwise the input ended in the middle.
    return status == Z_OK && stream_.avail_out == 0 ? Step::kMore : Step::kBroken;
  }

 private:
  z_stream stream_{};
  bool ready_ = false;
};

}  // namespace

async::Task<Result<std::string>> unpack_gzip(std::string packed, std::size_t max_bytes) {
  Inflater inflater(packed);
  std::string out;
  const auto executor = co_await async::asio::this_coro::executor;
  for (;;) {
    const auto room = std::min(kPiece, max_bytes + 1 - out.size());
    const auto step = inflater.step(out, room);
    if (out.size() > max_bytes) {
      co_return fail(ErrorCode::kTooLarge,
                     fmt::format("The unpacked body is larger than {} bytes.", max_bytes));
    }
    if (step == Inflater::Step::kDone) co_return out;
    if (step == Inflater::Step::kBroken) {
      co_return fail(ErrorCode::kInvalidJson, "The body is not valid gzip data (RFC 1952).");
    }
    co_await async::asio::post(executor, async::use_task);
  }
}

}  // namespace mih::api
