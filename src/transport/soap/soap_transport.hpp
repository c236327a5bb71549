#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/error.hpp"
#include "base/time.hpp"
#include "transport/transport.hpp"

namespace mih::transport {

/// SOAP 1.1 and 1.2 over an HTTP transport (docs/transports.md). The WSDL of a service is loaded
/// when it is first needed, once for all calls that wait for it, kept for a day, and loaded again
/// when a call fails on it. Loading and calls each have a thread of their own, so that a large or
/// slow WSDL holds up the calls of its own services only.
class SoapTransport final : public Transport {
 public:
  struct Options {
    /// Makes the transport that carries the messages; its send may be called from any thread.
    std::function<std::unique_ptr<Transport>(Sink)> make_http;
    const Clock* clock = nullptr;  ///< outlives the transport
  };

  /// `sink` is called on the transport's thread.
  SoapTransport(const Options& options, Sink sink);
  /// Ends all calls (failure kOther), each with its reply, and the threads.
  ~SoapTransport() override;
  SoapTransport(const SoapTransport&) = delete;
  SoapTransport& operator=(const SoapTransport&) = delete;

  /// May be called from any thread, as the others. Nothing is sent when the arguments do not fit:
  /// then the failure is kInvalid.
  void send(CallId id, core::Request request) override;
  void cancel(CallId id) override;

  /// The operations as JSON (transport/soap/operations.hpp). `anew`: from a WSDL that is loaded
  /// now. `answer` is called on a thread of the transport; kValidationFailed when the WSDL cannot
  /// be loaded.
  using OperationsAnswer = std::move_only_function<void(Result<std::string>)>;
  void list_operations(std::shared_ptr<const core::Service> service, bool anew,
                       OperationsAnswer answer);

 private:
  class Worker;
  std::unique_ptr<Worker> worker_;
};

}  // namespace mih::transport
