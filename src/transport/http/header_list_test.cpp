#include "transport/http/header_list.hpp"

#include <gmock/gmock.h>

#include "transport/http/http_test.hpp"

namespace mih::transport {
namespace {

using core::Failure;
using ::testing::Optional;
using Received = TestPeer::Received;

using HttpHeaders = HttpTest;

TEST_F(HttpHeaders, NoHeaderCanBeInjected) {
  TestPeer peer{always(TestPeer::answer(200))};
  const std::vector<core::Headers> attacks{{{"X-Note", "a\r\nX-Evil: 1"}},
                                           {{"X-Note", "a\nX-Evil: 1"}},
                                           {{"X-Note", "a\rX-Evil: 1"}},
                                           {{"X-Note", std::string("a\0b", 3)}},
                                           {{"X-Note: a\r\nX-Evil", "1"}},
                                           {{"", "1"}},
                                           {{"X Evil", "1"}},
                                           {{"X-Evil:", "1"}}};
  for (const core::Headers& headers : attacks) {
    core::Request request = post(peer.url());
    request.headers = headers;
    EXPECT_EQ(send(request).failure, Failure::kInvalid) << headers[0].first;
  }
  for (const char* path : {"/a\r\nX-Evil: 1", "/a b HTTP/1.1\r\n\r\n", "/a\nb", "/a b", "/\x01"}) {
    EXPECT_EQ(send(post(peer.url(path))).failure, Failure::kInvalid) << path;
  }
  core::Request method = post(peer.url());
  method.method = "POST / HTTP/1.1\r\nX-Evil: 1\r\n\r\nPOST";
  EXPECT_EQ(send(method).failure, Failure::kInvalid);
  core::Request id = post(peer.url());
  id.delivery_id = "d_1\r\nX-Evil: 1";
  EXPECT_EQ(send(id).failure, Failure::kInvalid);
  EXPECT_TRUE(peer.received().empty());
}

TEST_F(HttpHeaders, FramingHeadersOfARuleAreLeftOut) {
  TestPeer peer{always(TestPeer::answer(200))};
  core::Request request = post(peer.url());
  request.headers = {{"Content-Length", "0"},    {"transfer-encoding", "chunked"},
                     {"Connection", "close"},    {"Expect", "100-continue"},
                     {"Webhook-Id", "d_forged"}, {"X-Kept", "yes"}};
  EXPECT_THAT(send(request).http_status, Optional(200));
  const Received seen = peer.received().at(0);
  EXPECT_THAT(seen.header("Content-Length"), Optional(std::string{"9"}));
  EXPECT_THAT(seen.header("webhook-id"), Optional(std::string{"d_abc"}));
  EXPECT_THAT(seen.header("X-Kept"), Optional(std::string{"yes"}));
  for (const char* name : {"Transfer-Encoding", "Connection", "Expect"}) {
    EXPECT_FALSE(seen.header(name).has_value()) << name;
  }
}

}  // namespace
}  // namespace mih::transport
