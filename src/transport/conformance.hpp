#pragma once

#include <condition_variable>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "transport/transport.hpp"

/// What every transport must do, as one suite. A transport joins it by writing a TransportHarness
/// and one INSTANTIATE_TEST_SUITE_P in its own test file.
namespace mih::transport {

/// Makes a transport and the requests that the shared cases need, against real servers.
class TransportHarness {
 public:
  virtual ~TransportHarness() = default;

  /// May reach the servers of this harness.
  virtual std::unique_ptr<Transport> make(Transport::Sink sink) = 0;
  /// May reach public addresses only.
  virtual std::unique_ptr<Transport> make_guarded(Transport::Sink sink) = 0;

  virtual core::Request to_accepting_peer() = 0;
  /// Takes the request and never answers.
  virtual core::Request to_silent_peer() = 0;
  /// Takes the request and breaks the connection.
  virtual core::Request to_breaking_peer() = 0;
  virtual core::Request to_closed_port() = 0;
  virtual core::Request to_unknown_host() = 0;
  /// To the accepting peer, with a service whose secret cannot be used.
  virtual core::Request with_unusable_secret() = 0;

  /// Requests that the peers have taken so far.
  virtual std::size_t arrived() = 0;
  /// Waits until so many have been taken.
  virtual void wait_until_arrived(std::size_t count) = 0;
};

/// Keeps the replies of a transport and waits for them.
class Replies {
 public:
  Transport::Sink sink();
  /// Waits for the reply of a call; a failed test and an empty reply when none comes.
  core::Reply wait(CallId id);
  std::size_t count();
  /// Replies of one call: more than one is a fault.
  std::size_t count(CallId id);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<CallId, core::Reply> replies_;
};

struct TransportKind {
  std::string name;
  std::unique_ptr<TransportHarness> (*make)();
};

class TransportConformance : public ::testing::TestWithParam<TransportKind> {
 protected:
  std::unique_ptr<TransportHarness> harness_ = GetParam().make();
  Replies replies_;
};

}  // namespace mih::transport
