#include "api/etag.hpp"

#include "base/hash.hpp"

namespace mih::api {
namespace {

constexpr std::size_t kDigits = 20;

/// True if the list of entity tags names `etag`, by the strong comparison.
bool names(std::string_view list, std::string_view etag) {
  while (!list.empty()) {
    const auto first = list.find_first_not_of(" \t,");
    if (first == std::string_view::npos) return false;
    list.remove_prefix(first);
    const auto end = list.find(',');
    auto tag = list.substr(0, end);
    tag = tag.substr(0, tag.find_last_not_of(" \t") + 1);
    if (tag == etag || tag == "*") return true;
    if (end == std::string_view::npos) return false;
    list.remove_prefix(end);
  }
  return false;
}

}  // namespace

std::string etag_of(std::string_view settings) {
  return '"' + to_base32(sha256(settings), kDigits) + '"';
}

Result<void> check_if_match(const Request& request, std::string_view settings) {
  if (request.if_match.empty() || names(request.if_match, etag_of(settings))) return {};
  return fail(ErrorCode::kChanged,
              "It was changed in the meantime. Read it again and repeat the change.");
}

Response tagged(std::string body, std::string_view settings, int status) {
  auto response = Response::json(std::move(body), status);
  response.headers.emplace_back("ETag", etag_of(settings));
  return response;
}

}  // namespace mih::api
