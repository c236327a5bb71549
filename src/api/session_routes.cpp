#include <fmt/format.h>

#include "api/body.hpp"
#include "api/gate.hpp"
#include "api/handlers.hpp"
#include "api/passwords.hpp"
#include "api/problem.hpp"
#include "api/query.hpp"

/// /session: people sign in and out, and choose their password.
namespace mih::api {
namespace {

std::string cookie_header(std::string_view cookie, bool encrypted, bool ends) {
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict{}{}", kSessionCookie, cookie,
                     encrypted ? "; Secure" : "", ends ? "; Max-Age=0" : "");
}

Response too_many(std::chrono::seconds wait) {
  auto response =
      problem(Error{ErrorCode::kRateLimited,
                    fmt::format("Too many logins have failed; try again in {} s.", wait.count()),
                    {}});
  for (auto& [name, value] : response.headers) {
    if (name == "Retry-After") value = std::to_string(wait.count());
  }
  return response;
}

std::string login_body(const Login& login, bool must_change_password) {
  json::Writer out;
  out.begin_object();
  out.member("name", login.name);
  out.member("role", core::name_of(login.role));
  out.member("csrf_token", login.csrf_token);
  out.member("must_change_password", must_change_password);
  out.end_object();
  return out.take();
}

/// The user behind name and password. An attempt counts as failed until it has succeeded, so that
/// many at once gain nothing.
async::Task<Result<core::User>> check_password(Call& call, std::string name, std::string password) {
  const auto address = call.caller.address;
  call.api.throttle.failed(name, address, call.now().steady);
  auto user = co_await call.ask<core::User>([&](auto answer) {
    call.api.hub.accounts().check_password(name, std::move(password), std::move(answer));
  });
  if (user) call.api.throttle.succeeded(name, address);
  co_return user;
}

}  // namespace

HandlerTask create_session(Call& call) {
  auto document = parse_body(call.request);
  if (!document) co_return fail(document);
  ObjectReader reader(document->root());
  auto name = reader.text("name").value_or("");
  auto password = reader.text("password").value_or("");
  if (name.empty() || name.size() > kMaxPassword) reader.fault("name", "is required");
  if (password.empty() || password.size() > kMaxPassword) reader.fault("password", "is required");
  auto valid = reader.check();
  if (!valid) co_return fail(valid);
  const auto wait = call.api.throttle.wait_for(name, call.caller.address, call.now().steady);
  if (wait.count() > 0) co_return too_many(wait);

  call.caller.name = name;  // for the audit trail, whether it succeeds or not
  auto user = co_await check_password(call, std::move(name), std::move(password));
  if (!user) co_return fail(user);
  const auto opened = call.api.logins.open(*user, call.now());
  auto response = Response::json(login_body(opened.login, user->one_time), 201);
  response.headers.emplace_back("Location", "/api/v1/session");
  response.headers.emplace_back("Set-Cookie",
                                cookie_header(opened.cookie, call.caller.encrypted, false));
  co_return response;
}

HandlerTask delete_session(Call& call) {
  Query query(call.request.query);
  const bool everywhere = query.flag("everywhere").value_or(false);
  auto valid = query.check();
  if (!valid) co_return fail(valid);
  if (everywhere) call.api.logins.close_all(core::UserId{call.caller.id});
  call.api.logins.close(call.caller.cookie);
  auto response = Response::empty();
  response.headers.emplace_back("Set-Cookie", cookie_header("", call.caller.encrypted, true));
  co_return response;
}

HandlerTask replace_own_password(Call& call) {
  auto document = parse_body(call.request);
  if (!document) co_return fail(document);
  ObjectReader reader(document->root());
  auto password = reader.text("password").value_or("");
  auto wanted = reader.text("new_password").value_or("");
  if (const auto fault = password_fault(wanted); !fault.empty()) {
    reader.fault("new_password", fault);
  }
  auto valid = reader.check();
  if (!valid) co_return fail(valid);
  if (call.caller.way != Caller::Way::kAccount) {
    co_return fail(
        ErrorCode::kConflict,
        "Nobody is signed in here; PATCH /api/v1/users/{id} changes anybody's password.");
  }
  const auto lock = co_await call.api.changes.lock();
  auto user = find_user(call, core::UserId{call.caller.id});
  if (!user) co_return fail(user);
  if (!user->one_time) {
    const auto wait =
        call.api.throttle.wait_for(user->name, call.caller.address, call.now().steady);
    if (wait.count() > 0) co_return too_many(wait);
    auto checked = co_await check_password(call, user->name, std::move(password));
    if (!checked) co_return invalid("password", "is not your password");
  }
  auto saved = co_await call.ask<core::User>([&](auto answer) {
    call.api.hub.accounts().save_user(std::move(*user), std::move(wanted), std::move(answer));
  });
  if (!saved) co_return fail(saved);
  call.api.logins.close_all(saved->id);
  const auto opened = call.api.logins.open(*saved, call.now());
  auto response = Response::json(login_body(opened.login, false));
  response.headers.emplace_back("Set-Cookie",
                                cookie_header(opened.cookie, call.caller.encrypted, false));
  co_return response;
}

}  // namespace mih::api
