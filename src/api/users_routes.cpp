#include <algorithm>
#include <fmt/format.h>

#include "api/body.hpp"
#include "api/handlers.hpp"
#include "api/json_views.hpp"
#include "api/passwords.hpp"
#include "api/query.hpp"
#include "api/rule_calls.hpp"
#include "base/utf8.hpp"

/// /users: who may sign in with a password.
namespace mih::api {
namespace {

void write_user(json::Writer& out, const core::User& user) {
  out.begin_object();
  out.member("id", user.id.value);
  out.member("name", user.name);
  out.member("role", core::name_of(user.role));
  out.member("must_change_password", user.one_time);
  out.member("last_login", user.last_login == WallTime{}
                               ? std::nullopt
                               : std::optional(to_unix_s(user.last_login)));
  out.member("timecreated", to_unix_s(user.created));
  out.end_object();
}

std::string user_body(const core::User& user) {
  json::Writer out;
  write_user(out, user);
  return out.take();
}

Result<core::User> named_user(const Call& call) {
  const auto id = path_number(call.parameter(0));
  if (!id) return std::unexpected(id.error());
  return find_user(call, core::UserId{*id});
}

void read_role(ObjectReader& reader, core::User& user) {
  const auto role = reader.text("role");
  if (!role && user.role != core::Role::kNone) return;
  const auto known = role ? core::role_from(*role) : std::nullopt;
  if (known == core::Role::kView || known == core::Role::kManage) {
    user.role = *known;
  } else {
    reader.fault("role", "must be view or manage");
  }
}

std::optional<std::string> read_password(ObjectReader& reader) {
  auto password = reader.text("password");
  if (!password) return std::nullopt;
  if (const auto fault = password_fault(*password); !fault.empty()) {
    reader.fault("password", fault);
  }
  return password;
}

async::Task<Result<core::User>> save(Call& call, core::User user,
                                     std::optional<std::string> password) {
  return call.ask<core::User>([&accounts = call.api.hub.accounts(), user = std::move(user),
                               password = std::move(password)](auto answer) mutable {
    accounts.save_user(std::move(user), std::move(password), std::move(answer));
  });
}

}  // namespace

std::string password_fault(std::string_view password) {
  const auto characters =
      std::ranges::count_if(password, [](char c) { return !utf8::is_continuation(c); });
  if (static_cast<std::size_t>(characters) < kMinPassword) {
    return fmt::format("must have at least {} characters", kMinPassword);
  }
  if (password.size() > kMaxPassword) {
    return fmt::format("must have at most {} bytes", kMaxPassword);
  }
  return {};
}

Result<core::User> find_user(const Call& call, core::UserId id) {
  for (auto& user : call.api.hub.accounts().users()) {
    if (user.id == id) return std::move(user);
  }
  return fail(ErrorCode::kNotFound, fmt::format("There is no user {}.", id.value));
}

HandlerTask list_users(Call& call) {
  Query query(call.request.query);
  const auto page = query.page();
  auto valid = query.check();
  if (!valid) co_return fail(valid);
  auto users = call.api.hub.accounts().users();
  std::erase_if(users, [&](const core::User& user) {
    return page.before > 0 && user.id.value >= page.before;
  });
  std::ranges::sort(users, std::ranges::greater{}, &core::User::id);
  co_return Response::json(
      page_body(users, page, [](const core::User& user) { return user.id.value; }, write_user));
}

HandlerTask create_user(Call& call) {
  auto document = parse_body(call.request);
  if (!document) co_return fail(document);
  ObjectReader reader(document->root());
  core::User user;
  user.name = reader.text("name").value_or("");
  if (!core::is_user_name(user.name)) {
    reader.fault("name",
                 "must be 1 to 100 letters, digits, '.', '_', '@' or '-', and begin with a letter "
                 "or digit");
  }
  read_role(reader, user);
  auto password = read_password(reader);
  if (!password) reader.fault("password", "is required");
  auto valid = reader.check();
  if (!valid) co_return fail(valid);
  auto saved = co_await save(call, std::move(user), std::move(password));
  if (!saved) co_return fail(saved);
  auto response = Response::json(user_body(*saved), 201);
  response.headers.emplace_back("Location", fmt::format("/api/v1/users/{}", saved->id.value));
  co_return response;
}

HandlerTask patch_user(Call& call) {
  auto document = parse_body(call.request);
  if (!document) co_return fail(document);
  const auto lock = co_await call.api.changes.lock();
  auto user = named_user(call);
  if (!user) co_return fail(user);
  ObjectReader reader(document->root());
  read_role(reader, *user);
  auto password = read_password(reader);
  auto valid = reader.check();
  if (!valid) co_return fail(valid);
  auto saved = co_await save(call, std::move(*user), std::move(password));
  if (!saved) co_return fail(saved);
  call.api.logins.close_all(saved->id);
  co_return Response::json(user_body(*saved));
}

HandlerTask delete_user(Call& call) {
  const auto lock = co_await call.api.changes.lock();
  auto user = named_user(call);
  if (!user) co_return fail(user);
  auto removed = co_await call.ask<bool>(
      [&](auto answer) { call.api.hub.accounts().remove_user(user->id, std::move(answer)); });
  if (!removed) co_return fail(removed);
  call.api.logins.close_all(user->id);
  co_return Response::empty();
}

HandlerTask delete_user_sessions(Call& call) {
  auto user = named_user(call);
  if (!user) co_return fail(user);
  const auto ended = call.api.logins.close_all(user->id);
  json::Writer out;
  out.begin_object();
  out.member("sessions_ended", static_cast<std::int64_t>(ended));
  out.end_object();
  co_return Response::json(out.take());
}

}  // namespace mih::api
