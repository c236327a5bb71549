#include "simulation/network.hpp"

#include <algorithm>
#include <utility>

namespace mih::simulation {
namespace {

using core::Failure;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

const AnswerKind& kind_named(std::string_view name) {
  return *std::ranges::find(answer_kinds(), name, &AnswerKind::name);
}

core::Reply broken_connection(nanoseconds latency) {
  core::Reply reply;
  reply.failure = Failure::kReset;
  reply.error = "reset";
  reply.latency = std::chrono::duration_cast<microseconds>(latency);
  return reply;
}

}  // namespace

std::string describe(const core::Reply& reply) {
  std::string text = reply.http_status ? std::to_string(*reply.http_status) : reply.error;
  if (reply.retry_after) text += " after " + std::to_string(reply.retry_after->count()) + " s";
  return text;
}

void Network::set_mood(core::ServiceId service, Mood mood) {
  moods_[service] = mood;
}

void Network::heal() {
  healed_ = true;
  moods_.clear();
}

int Network::poison_of(const core::Request& request) const {
  const auto end = request.body.rfind('"');
  if (end == std::string::npos || end == 0) return 0;
  const auto found = poison_.find({request.service->id, request.body[end - 1]});
  return found == poison_.end() ? 0 : found->second;
}

AnswerKind Network::choose(Mood mood) {
  switch (mood) {
    case Mood::kHealthy:
      return kind_named("200");
    case Mood::kRefusing:
      return kind_named("refused");
    case Mood::kOutage:
      return kind_named(random_.pick({"refused", "timeout", "503", "401", "dns", "502", "reset"}));
    case Mood::kErrors:
      return kind_named("500");
    case Mood::kThrottling:
      return kind_named(random_.pick({"429", "429", "503", "200"}));
    case Mood::kSlow:
      return kind_named(random_.pick({"200", "200", "200", "timeout"}));
    case Mood::kAnything:
      return random_.chance(0.3) ? kind_named("200") : random_.pick_from(answer_kinds());
  }
  return kind_named("200");
}

core::Reply Network::reply_of(const AnswerKind& kind) {
  core::Reply reply;
  reply.failure = kind.failure;
  if (kind.http_status != 0) reply.http_status = kind.http_status;
  if (kind.failure != Failure::kNone) reply.error = kind.name;
  return reply;
}

Network::Answer Network::decide(const core::Request& request) {
  const auto found = moods_.find(request.service->id);
  const Mood mood = found == moods_.end() ? Mood::kHealthy : found->second;
  const auto longest = healed_ ? nanoseconds{microseconds{900}} : options_.longest_latency;
  Answer answer{reply_of(choose(mood)), random_.between(nanoseconds{0}, longest)};
  auto& reply = answer.reply;
  if (const int status = poison_of(request); status != 0 && !healed_ && mood == Mood::kHealthy) {
    reply = {};
    reply.http_status = status;
  }
  if (mood == Mood::kSlow) answer.latency += random_.between(nanoseconds{0}, request.timeout);
  const bool throttled = reply.http_status == 429 || reply.http_status == 503;
  if (throttled && mood != Mood::kOutage && random_.chance(0.6)) {
    reply.retry_after = seconds{random_.pick({0, 1, 2, 5, 17, 60, 600, 7200})};
  }
  if (answer.latency >= request.timeout) reply = reply_of(kind_named("timeout"));
  if (reply.failure == Failure::kTimeout) answer.latency = request.timeout;
  reply.latency = std::chrono::duration_cast<microseconds>(answer.latency);
  return answer;
}

void Network::send(transport::CallId call, const core::Request& request, Life& life, Sink sink) {
  auto answer = decide(request);
  const auto way = std::min(answer.latency, random_.between(nanoseconds{0}, milliseconds{2}));
  const bool outlives = random_.chance(0.5);
  timeline_.after(way, [this, request, outlives, alive = life.alive()] {
    if (*alive || outlives) arrival_(request);
  });
  nanoseconds delay{};
  if (options_.late_replies && random_.chance(0.1)) delay = random_.between(seconds{0}, seconds{5});
  const auto service = request.service->id;
  life.after(answer.latency + delay,
             [this, call, service, generation = generations_[service], sink = std::move(sink),
              answer = std::move(answer)]() mutable {
               if (generation != generations_[service]) {
                 answer.reply = broken_connection(answer.latency);
               }
               sink(call, std::move(answer.reply));
             });
}

}  // namespace mih::simulation
