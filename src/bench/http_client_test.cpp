#include "bench/http_client.hpp"

#include <array>
#include <deque>
#include <gtest/gtest.h>
#include <sys/socket.h>

namespace mih::bench {
namespace {

constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

/// A server that has written its answers before it is asked, one text for each connection.
class HttpClientTest : public testing::Test {
 protected:
  HttpClient client(std::vector<std::string> answers) {
    for (const std::string& answer : answers) {
      std::array<int, 2> pair{};
      EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()), 0);
      ours_.emplace_back(pair[0]);
      servers_.emplace_back(pair[1]);
      EXPECT_TRUE(write_all(servers_.back(), answer));
      ::shutdown(pair[1], SHUT_WR);
    }
    return HttpClient{[this]() -> Result<Fd> {
                        if (ours_.empty()) return fail(ErrorCode::kInternal, "nobody listens");
                        Fd next = std::move(ours_.front());
                        ours_.pop_front();
                        return next;
                      },
                      "localhost", "secret"};
  }

  std::string received(std::size_t connection) {
    std::string text(4096, '\0');
    const ssize_t got = ::recv(servers_[connection].get(), text.data(), text.size(), MSG_DONTWAIT);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
  }

  std::deque<Fd> ours_;
  std::vector<Fd> servers_;
};

TEST_F(HttpClientTest, SendsAWholeRequest) {
  auto http = client({std::string{kOk}});
  const auto response = http.exchange("POST", "/x", "{}");
  ASSERT_TRUE(response) << response.error().detail;
  EXPECT_EQ(response->body, "hi");
  EXPECT_EQ(received(0),
            "POST /x HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret\r\n"
            "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
}

TEST_F(HttpClientTest, SkipsInterimAnswers) {
  auto http = client({"HTTP/1.1 100 Continue\r\n\r\n" + std::string{kOk}});
  EXPECT_EQ(http.exchange("POST", "/", "x").value().status, 200);
}

TEST_F(HttpClientTest, TakesAnAnswerWithoutABody) {
  auto http = client({"HTTP/1.1 204 No Content\r\n\r\n"});
  EXPECT_EQ(http.exchange("DELETE", "/").value().status, 204);
}

TEST_F(HttpClientTest, ConnectsAnewWhenToldToClose) {
  auto http = client(
      {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", std::string{kOk}});
  EXPECT_TRUE(http.exchange("POST", "/", "x"));
  EXPECT_TRUE(http.exchange("POST", "/", "x"));
}

TEST_F(HttpClientTest, RepeatsOnlyAGetOnAConnectionThatWentStale) {
  auto getter = client({std::string{kOk}, std::string{kOk}});
  EXPECT_TRUE(getter.exchange("GET", "/"));
  EXPECT_TRUE(getter.exchange("GET", "/"));  // the first connection ends behind its answer

  auto poster = client({std::string{kOk}, std::string{kOk}});
  EXPECT_TRUE(poster.exchange("POST", "/", "x"));
  EXPECT_FALSE(poster.exchange("POST", "/", "x"));
  EXPECT_TRUE(poster.exchange("POST", "/", "x"));
}

TEST_F(HttpClientTest, RefusesWhatIsNotAUsableAnswer) {
  EXPECT_FALSE(client({"SSH-2.0-OpenSSH_9\r\n\r\n"}).exchange("GET", "/"));
  ours_.clear();
  EXPECT_FALSE(client({"HTTP/1.1 200 OK\r\n\r\nno length"}).exchange("GET", "/"));
  ours_.clear();
  EXPECT_FALSE(client({"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\ncut"}).exchange("GET", "/"));
  ours_.clear();
  EXPECT_FALSE(client({""}).exchange("GET", "/"));
  EXPECT_FALSE(client({}).exchange("GET", "/"));
}

TEST_F(HttpClientTest, ACallShowsTheAnswerThatIsAnError) {
  auto http = client({"HTTP/1.1 422 No\r\nContent-Length: 7\r\n\r\nbad tpl"});
  const auto answer = http.call("POST", "/rules", "{}");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().detail, "POST /rules got HTTP 422: bad tpl");
}

TEST(ParseEndpoint, TakesUrlsAndAddresses) {
  const auto url = parse_endpoint("http://127.0.0.1:8085");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "127.0.0.1");
  EXPECT_EQ(url->port, 8085);
  EXPECT_TRUE(parse_endpoint("10.0.0.1:1"));
  for (const auto* bad : {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:70000", "127.0.0.1:80x",
                          "example.org:80", "http://127.0.0.1:80/"}) {
    EXPECT_FALSE(parse_endpoint(bad)) << bad;
  }
}

}  // namespace
}  // namespace mih::bench
