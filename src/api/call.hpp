#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "api/http.hpp"
#include "api/hub.hpp"
#include "api/inbound_throttle.hpp"
#include "api/login_throttle.hpp"
#include "api/logins.hpp"
#include "async/answers.hpp"
#include "async/mutex.hpp"
#include "async/task.hpp"
#include "base/error.hpp"
#include "base/time.hpp"
#include "core/token.hpp"

namespace mih::api {

class Streams;

/// The site of events that name none and come with a token that is not bound to one.
inline constexpr std::string_view kDefaultSite = "default";

/// What handlers work with. All of it outlives every call and is used on the io thread.
struct Context {
  Hub& hub;
  const Clock& clock;
  async::Answers& answers;
  async::Mutex& changes;  ///< held from reading what is to be changed until the change is in force
  Logins& logins;
  LoginThrottle& throttle;
  InboundThrottle& inbound_throttle;
  std::size_t max_body;  ///< bytes, unpacked
  Streams& streams;
};

/// Who asks, and how that was proven.
struct Caller {
  enum class Way : std::uint8_t { kNobody, kAdminSocket, kToken, kAccount, kSignedOn };

  core::Role role = core::Role::kNone;
  std::string site = {};  ///< the token's or the signed-on user's, "" when there is none
  Way way = Way::kNobody;
  std::string name = {};     ///< of the token or user
  std::int64_t id = 0;       ///< of the token, or of the user here or in Moodle
  std::string address = {};  ///< where the request came from, for people
  std::string cookie = {};   ///< of an account's login
  bool encrypted = false;    ///< the way from the browser to here, or to a trusted proxy
  bool may_manage() const { return core::allows(role, core::Role::kManage); }
};

/// One request on its way through a handler, which may take what it needs out of it.
struct Call {
  Context& api;
  Request& request;
  Caller caller;
  bool is_dry_run = false;  ///< nothing is changed, so that the audit trail says nothing

  const std::string& parameter(std::size_t position) const { return request.parameters[position]; }
  Now now() const { return api.clock.now(); }

  /// Waits for one of the Hub's answers: ask<T>([&](auto answer) { hub.f(..., std::move(answer));
  /// })
  template <class T, class Start>
  async::Task<Result<T>> ask(Start start) {
    return api.answers.wait<T>(std::move(start));
  }

  /// Runs query(store::Reader&) -> Result<T> on a reading thread and waits for its result.
  template <class Query, class Answer = std::invoke_result_t<Query&, store::Reader&>>
  async::Task<Answer> read(Query query) {
    return api.answers.wait<typename Answer::value_type>(
        [&hub = api.hub, query = std::move(query)](auto answer) mutable {
          hub.read([query = std::move(query), answer = std::move(answer)](
                       store::Reader& reader) mutable { answer(query(reader)); });
        });
  }
};

/// The Call stays where it is until the task has ended.
using Handler = async::Task<Result<Response>> (*)(Call& call);

}  // namespace mih::api
