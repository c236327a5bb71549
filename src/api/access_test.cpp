#include <fmt/format.h>
#include <sys/stat.h>

#include "api/route.hpp"
#include "api/testing/server_test.hpp"

namespace mih::api {
namespace {

using core::Role;
using testing::RawClient;
using testing::RawResponse;

class AccessTest : public testing::ServerTest {};

/// Its answer has no end; StreamTest asks for it.
bool is_stream(const Route& route) {
  return route.pattern.ends_with("/stream");
}

/// The route's pattern with something in the place of its parameters.
std::string path_of(const Route& route) {
  std::string path(route.pattern);
  for (auto open = path.find('{'); open != std::string::npos; open = path.find('{')) {
    path.replace(open, path.find('}') - open + 1, "7");
  }
  return path;
}

RawResponse call(RawClient& client, const Route& route) {
  const bool has_body = route.method != Method::kGet && route.method != Method::kDelete;
  return client.request(name_of(route.method), path_of(route), has_body ? "{}" : "");
}

TEST_F(AccessTest, EveryRouteAsksForItsRole) {
  for (const auto role : {Role::kNone, Role::kIngest, Role::kView, Role::kManage}) {
    auto client = role == Role::kNone ? tcp() : as(role);
    for (const auto& route : routes()) {
      if (is_stream(route)) continue;
      const auto response = call(client, route);
      const auto name =
          fmt::format("{} {} as {}", name_of(route.method), route.pattern, core::name_of(role));
      ASSERT_NE(response.status, 0) << name;
      if (route.pattern.starts_with(kInboundPath)) {
        EXPECT_EQ(response.status, 401) << name << ": a service has a secret of its own";
      } else if (route.role == Role::kNone) {
        EXPECT_NE(response.status, 401) << name;
        EXPECT_NE(response.status, 403) << name;
      } else if (role == Role::kNone) {
        EXPECT_EQ(response.status, 401) << name;
      } else if (!core::allows(role, route.role) || route.reach == Reach::kAdminSocket ||
                 route.reach == Reach::kLocalLogin) {
        EXPECT_EQ(response.status, 403) << name;
      } else {
        EXPECT_NE(response.status, 401) << name;
        EXPECT_NE(response.status, 403) << name;
        EXPECT_LT(response.status, 500) << name << response.body;
      }
    }
  }
}

TEST_F(AccessTest, TheAdminSocketMayDoEverything) {
  auto client = admin();
  for (const auto& route : routes()) {
    if (is_stream(route)) continue;
    const auto response = call(client, route);
    const auto name = fmt::format("{} {}", name_of(route.method), route.pattern);
    if (route.pattern.starts_with(kInboundPath)) continue;
    EXPECT_NE(response.status, 401) << name;
    EXPECT_NE(response.status, 403) << name;
    EXPECT_LT(response.status, 500) << name << response.body;
  }
}

TEST_F(AccessTest, TheSecondSocketTrustsNobody) {
  start();
  auto client = RawClient::to_socket(options_.socket);
  expect_problem(client.request("GET", "/api/v1/services"), 401, "unauthorized");
  expect_problem(client.request("GET", "/metrics"), 403, "forbidden");
  client.use_token(hub_.add_token(Role::kManage));
  EXPECT_EQ(client.request("GET", "/api/v1/services").status, 200);
  expect_problem(client.request("GET", "/api/v1/tokens"), 403, "forbidden");
}

TEST_F(AccessTest, SocketsHaveTheirModes) {
  start();
  const auto mode_of = [](const std::filesystem::path& path) {
    struct stat info{};
    EXPECT_EQ(::stat(path.c_str(), &info), 0);
    return info.st_mode & 07777U;
  };
  EXPECT_EQ(mode_of(options_.admin_socket), 0600U);
  EXPECT_EQ(mode_of(options_.socket), 0660U);
  server_->stop();
  EXPECT_FALSE(std::filesystem::exists(options_.admin_socket));
  EXPECT_FALSE(std::filesystem::exists(options_.socket));
}

TEST_F(AccessTest, A401SaysHow) {
  auto client = tcp();
  const auto response = client.request("GET", "/api/v1/services");
  expect_problem(response, 401, "unauthorized");
  EXPECT_TRUE(response.header("www-authenticate").starts_with("Bearer"));
}

TEST_F(AccessTest, OddCredentialsAre401) {
  const auto token = hub_.add_token(Role::kManage);
  for (const auto& value :
       {std::string("Bearer"), std::string("Bearer "), std::string("Bearer mih_wrong"),
        "Basic " + token, token, "Bearer " + token + "x", "Bearer " + std::string(5000, 'x')}) {
    auto client = tcp();
    const auto response =
        client.request("GET", "/api/v1/services", {}, fmt::format("Authorization: {}\r\n", value));
    expect_problem(response, 401, "unauthorized");
  }
  auto client = tcp();
  const auto response = client.request("GET", "/api/v1/services", {},
                                       fmt::format("Authorization: bEARER {}\r\n", token));
  EXPECT_EQ(response.status, 200);  // the scheme is case-insensitive
}

TEST_F(AccessTest, AWithdrawnTokenIsRefusedOnTheSameConnection) {
  auto client = as(Role::kView);
  EXPECT_EQ(client.request("GET", "/api/v1/services").status, 200);
  const auto id = hub_.reader.token_list.back().id.value;
  EXPECT_EQ(admin().request("DELETE", fmt::format("/api/v1/tokens/{}", id)).status, 204);
  expect_problem(client.request("GET", "/api/v1/services"), 401, "unauthorized");
}

TEST_F(AccessTest, ChecksComeInOrder) {
  auto nobody = tcp();
  expect_problem(nobody.request("POST", "/api/v1/nothing", "{"), 404, "not_found");
  expect_problem(nobody.request("DELETE", "/api/v1/events"), 405, "method_not_allowed");
  expect_problem(nobody.request("POST", "/api/v1/services", "{"), 401, "unauthorized");
  auto viewer = as(Role::kView);
  expect_problem(viewer.request("POST", "/api/v1/services", "{"), 403, "forbidden");
  auto manager = as(Role::kManage);
  expect_problem(manager.request("POST", "/api/v1/services", "{", "Content-Type: text/plain\r\n"),
                 415, "unsupported_media_type");
  expect_problem(manager.request("POST", "/api/v1/services", "{"), 400, "invalid_json");
  expect_problem(manager.request("POST", "/api/v1/services", "{}"), 422, "validation_failed");
}

TEST_F(AccessTest, A405NamesWhatIsAllowed) {
  auto client = tcp();
  EXPECT_EQ(client.request("DELETE", "/api/v1/events").header("allow"), "POST, GET, HEAD");
  EXPECT_EQ(client.request("BREW", "/api/v1/log").header("allow"), "GET, HEAD");
  EXPECT_EQ(client.request("OPTIONS", "/healthz").status, 405);
  EXPECT_EQ(client.request("PUT", "/api/v1/dead-letters/replay").header("allow"),
            "POST, GET, HEAD");
}

TEST_F(AccessTest, OddPathsAre404) {
  auto client = as(Role::kManage);
  for (const auto* path :
       {"//", "/assets/", "/assets/../x", "/api/v1", "/api/v1/", "/api/v1/services/",
        "/api/v2/services", "/api/v1/services/a/b", "/api/v1/services/%zz",
        "/api/v1/services/..%2f..%2fetc", "/api/v1/services/%00", "/%61pi/v1/services",
        "/api/v1/services/x/circuit/reset/", "*", "/api/v1/rules/-1",
        "/api/v1/rules/99999999999999999999", "/api/v1/rules/1x"}) {
    EXPECT_EQ(client.request("GET", path).status, 404) << path;
  }
}

TEST_F(AccessTest, TheHostMustBeOurs) {
  options_.allowed_hosts = {"hub.example"};
  start();
  const auto status_for = [&](std::string_view host) {
    auto client = tcp();
    client.send(fmt::format("GET /healthz HTTP/1.1\r\nHost: {}\r\n\r\n", host));
    return client.receive().status;
  };
  for (const auto* host : {"localhost", "LocalHost:8085", "127.0.0.1", "127.0.0.1:1", "[::1]",
                           "[::1]:8085", "hub.example", "HUB.example:443"}) {
    EXPECT_EQ(status_for(host), 200) << host;
  }
  for (const auto* host : {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example",
                           "10.0.0.1", "", "[", "[::1", "hub.example@evil.example"}) {
    EXPECT_NE(status_for(host), 200) << host;
  }
  EXPECT_EQ(status_for("evil.example"), 421);
}

TEST_F(AccessTest, AnAbsoluteTargetIsCheckedToo) {
  auto client = tcp();
  EXPECT_EQ(client.request("GET", "http://localhost/healthz").status, 200);
  EXPECT_EQ(client.request("GET", "http://evil.example/healthz").status, 421);
}

TEST_F(AccessTest, UnixSocketsNeedNoHostOfOurs) {
  auto client = admin();
  client.send("GET /healthz HTTP/1.1\r\nHost: anything\r\n\r\n");
  EXPECT_EQ(client.receive().status, 200);
}

TEST_F(AccessTest, MetricsAreForThisMachine) {
  auto client = tcp();
  EXPECT_EQ(client.request("GET", "/metrics").status, 200);
  expect_problem(client.request("GET", "/metrics", {}, "X-Forwarded-For: 127.0.0.1\r\n"), 403,
                 "forbidden");
  EXPECT_EQ(admin().request("GET", "/metrics").status, 200);
}

TEST_F(AccessTest, MetricsAreForListedAddressesToo) {
  options_.trusted_proxies = {*parse_network("127.0.0.1")};
  options_.metrics_from = {*parse_network("203.0.113.0/24"), *parse_network("127.0.0.0/8")};
  start();
  auto client = tcp();
  const auto status = [&](std::string_view headers) {
    return client.request("GET", "/metrics", {}, headers).status;
  };
  EXPECT_EQ(status("X-Forwarded-For: 203.0.113.7\r\n"), 200);
  EXPECT_EQ(status("X-Forwarded-For: 203.0.113.7, 198.51.100.1\r\n"), 403);
  EXPECT_EQ(status("Forwarded: for=203.0.113.7\r\n"), 403);
  EXPECT_EQ(status("X-Forwarded-For: nonsense\r\n"), 403);
  // A proxy may add a line of its own behind what the client sent.
  EXPECT_EQ(status("X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-For: 198.51.100.1\r\n"), 403);
  EXPECT_EQ(status("X-Forwarded-For: 198.51.100.1\r\nX-Forwarded-For: 203.0.113.7\r\n"), 200);
  EXPECT_EQ(client.request("GET", "/api/v1/services").status, 401);
}

TEST_F(AccessTest, AListedProxyThatIsNotTrustedSaysNothingAboutWhoAsks) {
  options_.metrics_from = {*parse_network("127.0.0.0/8")};
  start();
  auto client = tcp();
  EXPECT_EQ(client.request("GET", "/metrics").status, 200);
  expect_problem(client.request("GET", "/metrics", {}, "X-Forwarded-For: 127.0.0.1\r\n"), 403,
                 "forbidden");
}

TEST_F(AccessTest, AnswersCarrySecurityHeaders) {
  auto client = tcp();
  for (const auto* path : {"/healthz", "/nothing"}) {
    const auto response = client.request("GET", path);
    EXPECT_EQ(response.header("x-content-type-options"), "nosniff");
    EXPECT_EQ(response.header("cache-control"), "no-store");
    EXPECT_FALSE(response.header("content-security-policy").empty());
    EXPECT_FALSE(response.header("date").empty());
  }
}

}  // namespace
}  // namespace mih::api
