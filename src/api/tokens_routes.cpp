#include <algorithm>
#include <fmt/format.h>

#include "api/body.hpp"
#include "api/handlers.hpp"
#include "api/json_views.hpp"
#include "api/query.hpp"
#include "api/rule_calls.hpp"
#include "base/hash.hpp"

namespace mih::api {
namespace {

constexpr std::size_t kTokenBytes = 32;
constexpr std::size_t kMaxText = 255;

Result<core::Token> read_token(const json::Value& body) {
  ObjectReader reader(body);
  core::Token token;
  token.name = reader.text("name").value_or("");
  token.site = reader.text("site").value_or("");
  const auto role = reader.text("role");
  const auto known = role ? core::role_from(*role) : std::nullopt;
  if (known) {
    token.role = *known;
  } else {
    reader.fault("role", "must be one of: ingest, view, manage");
  }
  if (token.name.size() > kMaxText) reader.fault("name", "must be at most 255 bytes long");
  if (token.site.size() > kMaxText) reader.fault("site", "must be at most 255 bytes long");
  auto valid = reader.check();
  if (!valid) return fail(valid);
  return token;
}

/// The members of a token that may be shown again.
void write_token_members(json::Writer& out, const core::Token& token) {
  out.member("id", token.id.value);
  out.member("role", core::name_of(token.role));
  out.member("name", token.name);
  out.member("site", token.site.empty() ? std::nullopt : std::optional(token.site));
  out.member("timecreated", to_unix_s(token.created));
}

}  // namespace

HandlerTask list_tokens(Call& call) {
  Query query(call.request.query);
  const auto page = query.page();
  auto valid = query.check();
  if (!valid) co_return fail(valid);
  auto tokens = co_await call.read([](store::Reader& reader) { return reader.tokens(); });
  if (!tokens) co_return fail(tokens);
  std::erase_if(*tokens, [&](const core::Token& token) {
    return page.before > 0 && token.id.value >= page.before;
  });
  std::ranges::sort(*tokens, std::ranges::greater{}, &core::Token::id);
  co_return Response::json(page_body(
      *tokens, page, [](const core::Token& token) { return token.id.value; },
      [](json::Writer& out, const core::Token& token) {
        out.begin_object();
        write_token_members(out, token);
        out.end_object();
      }));
}

HandlerTask create_token(Call& call) {
  auto document = parse_body(call.request);
  if (!document) co_return fail(document);
  auto token = read_token(document->root());
  if (!token) co_return fail(token);
  const auto secret = "mih_" + random_hex(kTokenBytes);
  token->hash = sha256(secret);
  auto saved = co_await call.ask<core::Token>(
      [&](auto answer) { call.api.hub.save_token(std::move(*token), std::move(answer)); });
  if (!saved) co_return fail(saved);
  json::Writer out;
  out.begin_object();
  write_token_members(out, *saved);
  out.member("token", secret);
  out.end_object();
  auto response = Response::json(out.take(), 201);
  response.headers.emplace_back("Location", fmt::format("/api/v1/tokens/{}", saved->id.value));
  co_return response;
}

HandlerTask delete_token(Call& call) {
  const auto number = path_number(call.parameter(0));
  if (!number) co_return std::unexpected(number.error());
  auto removed = co_await call.ask<bool>(
      [&](auto answer) { call.api.hub.remove_token(core::TokenId{*number}, std::move(answer)); });
  if (!removed) co_return fail(removed);
  co_return Response::empty();
}

}  // namespace mih::api
