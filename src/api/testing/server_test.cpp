#include "api/testing/server_test.hpp"

#include <cstdlib>
#include <unistd.h>

namespace mih::api::testing {

ServerTest::ServerTest() {
  std::string name = ::testing::TempDir() + "mih_api_XXXXXX";
  dir_ = ::mkdtemp(name.data());
  options_.listen = "127.0.0.1:0";
  options_.admin_socket = dir_ / "admin.sock";
  options_.socket = dir_ / "mih.sock";
  options_.report = [this](std::string_view line) {
    const std::scoped_lock lock(mutex_);
    reported_.emplace_back(line);
  };
}

ServerTest::~ServerTest() {
  hub_.release();
  server_.reset();
  std::error_code ignored;  // the directory is in the way of nobody
  std::filesystem::remove_all(dir_, ignored);
}

void ServerTest::start() {
  server_ = std::make_unique<Server>(options_, hub_, clock_);
  const auto started = server_->start();
  ASSERT_TRUE(started) << started.error().detail;
}

RawClient ServerTest::tcp() {
  if (!server_) start();
  return RawClient::to_url(server_->url());
}

RawClient ServerTest::admin() {
  if (!server_) start();
  return RawClient::to_socket(options_.admin_socket);
}

RawClient ServerTest::as(core::Role role, std::string site) {
  auto client = tcp();
  client.use_token(hub_.add_token(role, std::move(site)));
  return client;
}

nlohmann::json ServerTest::expect_problem(const RawResponse& response, int status,
                                          std::string_view code) {
  EXPECT_EQ(response.status, status) << response.body;
  EXPECT_EQ(response.header("content-type"), "application/problem+json");
  if (response.body.empty()) return {};
  auto problem = response.json();
  EXPECT_EQ(problem["status"], status);
  EXPECT_EQ(problem["code"], code);
  EXPECT_EQ(problem["type"], "about:blank");
  EXPECT_FALSE(problem["title"].get<std::string>().empty());
  EXPECT_FALSE(problem["detail"].get<std::string>().empty());
  return problem;
}

std::vector<std::string> ServerTest::reported() const {
  const std::scoped_lock lock(mutex_);
  return reported_;
}

}  // namespace mih::api::testing
