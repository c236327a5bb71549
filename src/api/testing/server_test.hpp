#pragma once

#include <filesystem>
#include <gtest/gtest.h>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/server.hpp"
#include "api/testing/fake_hub.hpp"
#include "api/testing/raw_client.hpp"

namespace mih::api::testing {

/// A real server on a free port and two sockets in a directory of its own, in front of a fake hub.
class ServerTest : public ::testing::Test {
 protected:
  ServerTest();
  ~ServerTest() override;

  /// Starts with `options_`; called by the first client if a test does not.
  void start();

  RawClient tcp();
  RawClient admin();
  /// A TCP client with a token of that role.
  RawClient as(core::Role role, std::string site = {});

  /// Expects a problem document of that status and code; returns it.
  static nlohmann::json expect_problem(const RawResponse& response, int status,
                                       std::string_view code);
  std::vector<std::string> reported() const;

  SystemClock clock_;
  FakeHub hub_{clock_};
  ServerOptions options_;
  std::filesystem::path dir_;
  std::unique_ptr<Server> server_;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> reported_;
};

}  // namespace mih::api::testing
