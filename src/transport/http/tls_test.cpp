#include <gmock/gmock.h>

#include "transport/http/http_test.hpp"

namespace mih::transport {
namespace {

using core::Failure;
using ::testing::HasSubstr;
using ::testing::Optional;

class HttpsTest : public ::testing::Test {
 protected:
  core::Reply send(const std::string& url, const std::string& ca_file) {
    auto service = std::make_shared<core::Service>();
    service->ca_file = ca_file;
    core::Request request;
    request.service = std::move(service);
    request.method = "POST";
    request.url = url;
    request.body = "{}";
    request.timeout = std::chrono::seconds{30};
    transport_.send(++calls_, std::move(request));
    return replies_.wait(calls_);
  }
  TestPeer peer_{[](const TestPeer::Received&) { return TestPeer::answer(200, "secure"); },
                 TestPeer::Scheme::kHttps};
  Replies replies_;
  HttpTransport transport_{http_options(), replies_.sink()};
  CallId calls_ = 0;
};

TEST_F(HttpsTest, ACertificateOfTheServicesAuthorityIsAccepted) {
  const core::Reply reply = send(peer_.url(), peer_.ca_file());
  EXPECT_THAT(reply.http_status, Optional(200)) << reply.error;
  EXPECT_EQ(reply.body, "secure");
}

TEST_F(HttpsTest, AnUnknownAuthorityIsRefused) {
  const core::Reply reply = send(peer_.url(), "");
  EXPECT_EQ(reply.failure, Failure::kTls);
  EXPECT_THAT(reply.error, HasSubstr("certificate"));
  EXPECT_TRUE(peer_.received().empty());
}

TEST_F(HttpsTest, TrustIsPerServiceAlsoOnAReusedHandle) {
  EXPECT_THAT(send(peer_.url(), peer_.ca_file()).http_status, Optional(200));
  EXPECT_EQ(send(peer_.url(), "").failure, Failure::kTls);
  EXPECT_THAT(send(peer_.url(), peer_.ca_file()).http_status, Optional(200));
}

TEST_F(HttpsTest, ACertificateForAnotherNameIsRefused) {
  std::string url = peer_.url();
  url.replace(url.find("127.0.0.1"), 9, "[::ffff:127.0.0.1]");
  const core::Reply reply = send(url, peer_.ca_file());
  EXPECT_EQ(reply.failure, Failure::kTls) << reply.error;
  EXPECT_TRUE(peer_.received().empty());
}

TEST_F(HttpsTest, AMissingCaFileIsSecretTrouble) {
  EXPECT_EQ(send(peer_.url(), "/no/such/ca.pem").failure, Failure::kSecret);
}

TEST_F(HttpsTest, PlainHttpOnAnHttpsUrlIsATlsFailure) {
  TestPeer plain{[](const TestPeer::Received&) { return TestPeer::answer(200); }};
  std::string url = plain.url();
  url.replace(0, 4, "https");
  EXPECT_EQ(send(url, "").failure, Failure::kTls);
}

}  // namespace
}  // namespace mih::transport
