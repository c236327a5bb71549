#include <cstddef>
#include <cstdint>
#include <set>

#include "oracle.hpp"
#include "transport/amqp/session.hpp"

namespace {

using namespace mih;
using transport::amqp::Message;
using transport::amqp::Session;

Message message(std::uint64_t token) {
  Message message;
  message.routing_key = "key";
  message.message_id = token % 2 == 0 ? "d_1" : "d_2";
  message.body = "{}";
  return message;
}

}  // namespace

/// The input is what a broker says, in pieces: the first byte is their size. Whatever it is, each
/// message ends at most once, and once the connection is over every one has ended.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const std::size_t piece = std::size_t{data[0]} + 1;
  const SteadyTime now{};
  Session::Settings settings;
  if (data[0] % 2 == 0) settings.publisher = {.exchange = "x", .queue_declare = "q", .dlq = "d"};
  Session session(std::move(settings), now);
  std::set<std::uint64_t> open;
  std::uint64_t token = 0;
  const auto settle = [&] {
    for (const auto& settled : session.take_settled())
      fuzz::require(open.erase(settled.token) == 1, "a message ends once", text);
  };
  for (std::size_t at = 1; at < size && !session.is_over(); at += piece) {
    open.insert(++token);
    session.publish(token, message(token));
    if (token % 5 == 0 && open.erase(token - 2) == 1) session.forget(token - 2);
    session.receive(text.substr(at, piece), now);
    settle();
    session.take_output(now);
  }
  session.lose(core::Failure::kReset, "lost");
  settle();
  fuzz::require(open.empty(), "a lost connection settles every message", text);
  return 0;
}
