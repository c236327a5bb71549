#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "async/task_thread.hpp"
#include "base/time.hpp"
#include "transport/soap/description.hpp"
#include "transport/soap/document_set.hpp"
#include "transport/transport.hpp"

namespace mih::transport::soap {

/// Fetches descriptions over HTTP, with all that they import and include, and reads them, on a
/// thread of its own. Bounded in documents, size, depth and time (a minute). Only documents of the
/// WSDL's own origin are asked for with the service's credentials.
class WsdlLoader {
 public:
  using Send = std::function<void(CallId, core::Request)>;
  using Done = std::move_only_function<void(Loaded)>;

  /// `send` makes an HTTP request whose reply comes to on_reply; it is called on the loader's
  /// thread, with ids from `first_id` on. `clock` outlives the loader.
  WsdlLoader(Send send, CallId first_id, const Clock& clock);
  /// What is under way ends without a word.
  ~WsdlLoader();
  WsdlLoader(const WsdlLoader&) = delete;
  WsdlLoader& operator=(const WsdlLoader&) = delete;

  /// May be called from any thread, and returns at once. `done` is called on the loader's thread.
  void load(std::shared_ptr<const core::Service> service, Done done);
  void on_reply(CallId id, core::Reply reply);

 private:
  struct Load {
    explicit Load(const std::string& url) : documents(url) {}
    std::shared_ptr<const core::Service> service;   ///< as it asks its own server
    std::shared_ptr<const core::Service> stranger;  ///< without credentials
    DocumentSet documents;
    std::deque<std::string> queue;
    std::map<std::string, Sha256> contents;
    std::size_t under_way = 0;
    SteadyTime deadline{};
    Done done;
  };
  struct Fetch {
    std::shared_ptr<Load> load;
    std::string url;
  };

  void begin(const core::Service& service, Done done);
  void go_on(const std::shared_ptr<Load>& load);
  void fetch(const std::shared_ptr<Load>& load, const std::string& url);
  void take(const Fetch& fetch, const core::Reply& reply);
  void end(Load& load, Loaded result);

  const Send send_;
  const Clock& clock_;
  CallId last_id_;
  std::map<CallId, Fetch> fetches_;
  std::atomic<bool> stopping_ = false;
  async::TaskThread thread_;
};

}  // namespace mih::transport::soap
