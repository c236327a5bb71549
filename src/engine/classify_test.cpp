#include "engine/classify.hpp"

#include <gtest/gtest.h>

namespace mih::engine {
namespace {

using core::DeadReason;
using core::Failure;

core::Reply status(int code) {
  core::Reply reply;
  reply.http_status = code;
  return reply;
}

core::Reply failure(Failure what) {
  core::Reply reply;
  reply.failure = what;
  return reply;
}

Verdict judge(const core::Reply& reply) {
  return classify(core::Service{}, reply);
}

TEST(Classify, SuccessIsDelivered) {
  for (const int code : {200, 201, 204, 299}) {
    EXPECT_EQ(judge(status(code)).next, Next::kDelivered);
    EXPECT_EQ(judge(status(code)).circuit, CircuitEffect::kSuccess);
  }
}

TEST(Classify, AnOutageIsAFailureAndUnavailable) {
  for (const auto what : {Failure::kRefused, Failure::kDns, Failure::kTls, Failure::kReset,
                          Failure::kTimeout, Failure::kGuard, Failure::kProxy, Failure::kSecret,
                          Failure::kDenied, Failure::kBlocked, Failure::kDescription}) {
    const auto verdict = judge(failure(what));
    EXPECT_EQ(verdict.next, Next::kRetry);
    EXPECT_EQ(verdict.circuit, CircuitEffect::kFailure);
    EXPECT_TRUE(verdict.unavailable);
  }
  for (const int code : {502, 503, 504, 401, 403, 407}) {
    EXPECT_TRUE(judge(status(code)).unavailable) << code;
    EXPECT_EQ(judge(status(code)).next, Next::kRetry) << code;
  }
}

TEST(Classify, OtherServerErrorsAreRetriedButNoOutage) {
  for (const int code : {500, 501, 599, 408, 425, 600, 100}) {
    const auto verdict = judge(status(code));
    EXPECT_EQ(verdict.next, Next::kRetry) << code;
    EXPECT_EQ(verdict.circuit, CircuitEffect::kFailure) << code;
    EXPECT_FALSE(verdict.unavailable) << code;
  }
}

TEST(Classify, ARefusalIsDeadAtOnceAndProvesTheServiceAlive) {
  for (const int code : {301, 304, 400, 404, 409, 410, 422, 451}) {
    const auto verdict = judge(status(code));
    EXPECT_EQ(verdict.next, Next::kDead) << code;
    EXPECT_EQ(verdict.reason, DeadReason::kRejected) << code;
    EXPECT_EQ(verdict.circuit, CircuitEffect::kSuccess) << code;
  }
  EXPECT_EQ(judge(failure(Failure::kUnroutable)).reason, DeadReason::kUnroutable);
}

TEST(Classify, AMalformedRequestSaysNothingAboutTheService) {
  const auto verdict = judge(failure(Failure::kInvalid));
  EXPECT_EQ(verdict.next, Next::kDead);
  EXPECT_EQ(verdict.reason, DeadReason::kTemplate);
  EXPECT_EQ(verdict.circuit, CircuitEffect::kNeither);
}

TEST(Classify, ASoapFaultDecidesBeforeTheStatus) {
  for (const int code : {200, 400, 401, 404, 429, 500, 503}) {
    core::Reply reply = status(code);
    reply.failure = Failure::kSenderFault;
    EXPECT_EQ(judge(reply).next, Next::kDead) << code;
    EXPECT_EQ(judge(reply).reason, DeadReason::kRejected) << code;
    EXPECT_EQ(judge(reply).circuit, CircuitEffect::kSuccess) << code;
    reply.failure = Failure::kReceiverFault;
    EXPECT_EQ(judge(reply).next, Next::kRetry) << code;
    EXPECT_EQ(judge(reply).circuit, CircuitEffect::kFailure) << code;
    EXPECT_FALSE(judge(reply).unavailable) << code;
  }
}

TEST(Classify, ListsOfTheServiceOverrideFaultsByTheirStatus) {
  core::Service service;
  service.retry_on = {"400"};
  service.reject_on = {"500"};
  core::Reply sender = status(400);
  sender.failure = Failure::kSenderFault;
  core::Reply receiver = status(500);
  receiver.failure = Failure::kReceiverFault;
  EXPECT_EQ(classify(service, sender).next, Next::kRetry);
  EXPECT_EQ(classify(service, receiver).next, Next::kDead);
}

TEST(Classify, RetryAfterPausesClamped) {
  auto reply = status(429);
  EXPECT_EQ(judge(reply).next, Next::kPause);
  EXPECT_EQ(judge(reply).pause, std::nullopt);
  reply.retry_after = std::chrono::seconds{0};
  EXPECT_EQ(judge(reply).pause, std::chrono::seconds{1});
  reply.retry_after = std::chrono::seconds{17};
  EXPECT_EQ(judge(reply).pause, std::chrono::seconds{17});
  reply.retry_after = std::chrono::seconds::max();
  EXPECT_EQ(judge(reply).pause, std::chrono::hours{1});
  reply.http_status = 503;
  EXPECT_EQ(judge(reply).next, Next::kPause);
  EXPECT_EQ(judge(reply).circuit, CircuitEffect::kNeither);
}

TEST(Classify, ListsOfTheServiceOverride) {
  core::Service service;
  service.retry_on = {"409", "4xx"};
  service.reject_on = {"404", "timeout", "501"};
  EXPECT_EQ(classify(service, status(409)).next, Next::kRetry);
  EXPECT_EQ(classify(service, status(422)).next, Next::kRetry);
  EXPECT_EQ(classify(service, status(404)).next, Next::kDead);
  EXPECT_EQ(classify(service, status(501)).next, Next::kDead);
  EXPECT_EQ(classify(service, failure(Failure::kTimeout)).next, Next::kDead);
  EXPECT_EQ(classify(service, status(500)).next, Next::kRetry);
  EXPECT_EQ(classify(service, status(429)).next, Next::kPause);
}

TEST(Classify, ASuccessMayHaveNoStatus) {
  const auto verdict = judge(core::Reply{});
  EXPECT_EQ(verdict.next, Next::kDelivered);
  EXPECT_EQ(verdict.circuit, CircuitEffect::kSuccess);
}

TEST(Classify, ASlowSuccessIsDeliveredButCountsAsFailure) {
  core::Service service;
  service.cb_slow_ms = 100;
  auto reply = status(200);
  reply.latency = std::chrono::milliseconds{101};
  EXPECT_EQ(classify(service, reply).next, Next::kDelivered);
  EXPECT_EQ(classify(service, reply).circuit, CircuitEffect::kFailure);
  reply.latency = std::chrono::milliseconds{99};
  EXPECT_EQ(classify(service, reply).circuit, CircuitEffect::kSuccess);
}

TEST(Classify, ASlowRejectionCountsAsFailureToo) {
  core::Service service;
  service.cb_slow_ms = 100;
  service.reject_on = {"409"};
  for (const int code : {404, 409}) {
    auto reply = status(code);
    reply.latency = std::chrono::milliseconds{101};
    EXPECT_EQ(classify(service, reply).next, Next::kDead);
    EXPECT_EQ(classify(service, reply).circuit, CircuitEffect::kFailure) << code;
  }
}

TEST(Classify, WhatIsRejectedWithoutAnAnswerStaysAFailure) {
  core::Service service;
  service.reject_on = {"timeout", "500"};
  const auto silent = classify(service, failure(Failure::kTimeout));
  EXPECT_EQ(silent.next, Next::kDead);
  EXPECT_EQ(silent.reason, DeadReason::kRejected);
  EXPECT_EQ(silent.circuit, CircuitEffect::kFailure) << "a dead service would never be noticed";
  EXPECT_EQ(classify(service, status(500)).circuit, CircuitEffect::kSuccess);
}

TEST(SaysGone, OnlyAnAnswerOf410Does) {
  core::Reply reply;
  EXPECT_FALSE(says_gone(reply));
  reply.http_status = 404;
  EXPECT_FALSE(says_gone(reply));
  reply.http_status = 410;
  EXPECT_TRUE(says_gone(reply));
  reply.failure = Failure::kReset;
  EXPECT_FALSE(says_gone(reply));
}

}  // namespace
}  // namespace mih::engine
