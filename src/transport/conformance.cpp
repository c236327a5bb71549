#include "transport/conformance.hpp"

#include <gmock/gmock.h>
#include <utility>

namespace mih::transport {

namespace {
/// A hanging test ends; no test depends on how long anything takes.
constexpr std::chrono::seconds kPatience{60};
}  // namespace

Transport::Sink Replies::sink() {
  return [this](CallId id, core::Reply reply) {
    const std::lock_guard lock(mutex_);
    replies_.emplace(id, std::move(reply));
    changed_.notify_all();
  };
}

core::Reply Replies::wait(CallId id) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, kPatience, [&] { return replies_.contains(id); })) {
    ADD_FAILURE() << "no reply for call " << id;
    return {};
  }
  return replies_.find(id)->second;
}

std::size_t Replies::count() {
  const std::lock_guard lock(mutex_);
  return replies_.size();
}

std::size_t Replies::count(CallId id) {
  const std::lock_guard lock(mutex_);
  return replies_.count(id);
}

namespace {

using core::Failure;
using ::testing::HasSubstr;

core::Request patient(core::Request request) {
  request.timeout = std::chrono::minutes{5};
  return request;
}

TEST_P(TransportConformance, AnAcceptedRequestSucceeds) {
  const auto transport = harness_->make(replies_.sink());
  transport->send(1, harness_->to_accepting_peer());
  const core::Reply reply = replies_.wait(1);
  EXPECT_EQ(reply.failure, Failure::kNone) << reply.error;
  EXPECT_EQ(reply.error, "");
  EXPECT_GT(reply.latency.count(), 0);
  EXPECT_EQ(harness_->arrived(), 1U);
}

TEST_P(TransportConformance, EachOfManyCallsGetsExactlyOneReply) {
  constexpr CallId kCalls = 600;
  auto transport = harness_->make(replies_.sink());
  for (CallId id = 1; id <= kCalls; ++id)
    transport->send(id, harness_->to_accepting_peer());
  for (CallId id = 1; id <= kCalls; ++id) {
    EXPECT_EQ(replies_.wait(id).failure, Failure::kNone) << replies_.wait(id).error;
  }
  transport.reset();
  EXPECT_EQ(replies_.count(), kCalls);
  EXPECT_EQ(harness_->arrived(), kCalls);
}

TEST_P(TransportConformance, ASilentPeerIsATimeout) {
  const auto transport = harness_->make(replies_.sink());
  core::Request request = harness_->to_silent_peer();
  request.timeout = std::chrono::milliseconds{80};
  transport->send(1, request);
  const core::Reply reply = replies_.wait(1);
  EXPECT_EQ(reply.failure, Failure::kTimeout);
  EXPECT_FALSE(reply.http_status.has_value());
  EXPECT_NE(reply.error, "");
}

TEST_P(TransportConformance, NobodyListeningIsRefused) {
  const auto transport = harness_->make(replies_.sink());
  transport->send(1, harness_->to_closed_port());
  const core::Reply reply = replies_.wait(1);
  EXPECT_EQ(reply.failure, Failure::kRefused);
  EXPECT_THAT(reply.error, HasSubstr("refused"));
}

TEST_P(TransportConformance, AnUnknownHostIsDns) {
  const auto transport = harness_->make(replies_.sink());
  transport->send(1, harness_->to_unknown_host());
  EXPECT_EQ(replies_.wait(1).failure, Failure::kDns) << replies_.wait(1).error;
}

TEST_P(TransportConformance, ABrokenConnectionIsAResetAndIsNotRepeated) {
  const auto transport = harness_->make(replies_.sink());
  transport->send(1, harness_->to_breaking_peer());
  EXPECT_EQ(replies_.wait(1).failure, Failure::kReset) << replies_.wait(1).error;
  EXPECT_EQ(harness_->arrived(), 1U);
}

TEST_P(TransportConformance, TheGuardStandsInFrontOfEveryConnection) {
  const auto transport = harness_->make_guarded(replies_.sink());
  transport->send(1, harness_->to_accepting_peer());
  const core::Reply reply = replies_.wait(1);
  EXPECT_EQ(reply.failure, Failure::kGuard);
  EXPECT_THAT(reply.error, HasSubstr("allowed_private"));
  EXPECT_THAT(reply.error, HasSubstr("MIH_ALLOWED_PRIVATE"));
  EXPECT_EQ(harness_->arrived(), 0U);
}

TEST_P(TransportConformance, NothingIsSentWithoutTheAuthenticationThatWasAskedFor) {
  const auto transport = harness_->make(replies_.sink());
  transport->send(1, harness_->with_unusable_secret());
  const core::Reply reply = replies_.wait(1);
  EXPECT_EQ(reply.failure, Failure::kSecret);
  EXPECT_NE(reply.error, "");
  EXPECT_EQ(harness_->arrived(), 0U);
}

TEST_P(TransportConformance, ACancelledCallStillGetsItsReply) {
  const auto transport = harness_->make(replies_.sink());
  transport->send(1, patient(harness_->to_silent_peer()));
  harness_->wait_until_arrived(1);
  transport->cancel(1);
  const core::Reply reply = replies_.wait(1);
  EXPECT_EQ(reply.failure, Failure::kOther);
  EXPECT_EQ(reply.error, "cancelled");
}

TEST_P(TransportConformance, CancellingWhatIsOverOrUnknownDoesNothing) {
  auto transport = harness_->make(replies_.sink());
  transport->send(1, harness_->to_accepting_peer());
  EXPECT_EQ(replies_.wait(1).failure, Failure::kNone);
  transport->cancel(1);
  transport->cancel(99);
  transport->send(2, harness_->to_accepting_peer());
  EXPECT_EQ(replies_.wait(2).failure, Failure::kNone);
  transport.reset();
  EXPECT_EQ(replies_.count(), 2U);
}

TEST_P(TransportConformance, TheDestructorEndsAllCallsWithAReply) {
  constexpr CallId kCalls = 20;
  auto transport = harness_->make(replies_.sink());
  for (CallId id = 1; id <= kCalls; ++id)
    transport->send(id, patient(harness_->to_silent_peer()));
  harness_->wait_until_arrived(kCalls / 2);
  transport.reset();
  EXPECT_EQ(replies_.count(), kCalls);
  for (CallId id = 1; id <= kCalls; ++id) {
    EXPECT_EQ(replies_.count(id), 1U);
    EXPECT_EQ(replies_.wait(id).failure, Failure::kOther);
  }
}

TEST_P(TransportConformance, SilentPeersDoNotHoldUpTheOthers) {
  constexpr CallId kSilent = 300;
  auto transport = harness_->make(replies_.sink());
  for (CallId id = 1; id <= kSilent; ++id)
    transport->send(id, patient(harness_->to_silent_peer()));
  transport->send(1000, harness_->to_accepting_peer());
  EXPECT_EQ(replies_.wait(1000).failure, Failure::kNone);
  EXPECT_EQ(replies_.count(), 1U);
}

}  // namespace
}  // namespace mih::transport
