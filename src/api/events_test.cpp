#include <fmt/format.h>
#include <zlib.h>

#include "api/testing/server_test.hpp"

namespace mih::api {
namespace {

using core::Role;

std::string gzip(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

constexpr std::string_view kGzip = "Content-Encoding: gzip\r\n";

class EventsTest : public testing::ServerTest {
 protected:
  testing::RawResponse post(std::string_view body, std::string_view extra = {}) {
    auto client = as(Role::kIngest);
    return client.request("POST", "/api/v1/events", body, extra);
  }

  core::Event add_event(std::int64_t seq, std::string id, std::string site = "default") {
    core::Event event{.seq = core::EventSeq{seq},
                      .site = std::move(site),
                      .id = std::move(id),
                      .name = "\\core\\event\\user_created",
                      .body = R"({"email":"ada@example.org"})",
                      .accepted = from_unix_ms(1'700'000'000'000)};
    hub_.reader.event_list.push_back(event);
    return event;
  }
};

TEST_F(EventsTest, TheBodyGoesToTheHubAsItIs) {
  auto client = as(Role::kIngest, "campus");
  const std::string body = " [{\"a\" : 1.50}] \n";
  EXPECT_EQ(client.request("POST", "/api/v1/events", body).status, 202);
  const auto intake = hub_.intakes().at(0);
  EXPECT_EQ(intake.body, body);
  EXPECT_EQ(intake.format, EventFormat::kJson);
  EXPECT_EQ(intake.site, "campus");
}

TEST_F(EventsTest, TheContentTypeDecidesTheFormat) {
  post("{}", "Content-Type: application/x-ndjson; charset=utf-8\r\n");
  EXPECT_EQ(hub_.intakes().at(0).format, EventFormat::kNdjson);
  post("{}", "Content-Type: Application/JSON ; charset=utf-8\r\n");
  EXPECT_EQ(hub_.intakes().at(1).format, EventFormat::kJson);
  post("{}", "Content-Type: application/cloudevents+json; charset=utf-8\r\n");
  EXPECT_EQ(hub_.intakes().at(2).format, EventFormat::kCloudEvent);
  post("[]", "Content-Type: application/cloudevents-batch+json\r\n");
  EXPECT_EQ(hub_.intakes().at(3).format, EventFormat::kCloudEventBatch);
  for (const auto* type : {"text/plain", "application/xml", "", "application/cloudevents+xml"}) {
    expect_problem(post("{}", fmt::format("Content-Type: {}\r\n", type)), 415,
                   "unsupported_media_type");
  }
  EXPECT_EQ(hub_.intakes().size(), 4U);
}

TEST_F(EventsTest, TheAnswerHasTheDocumentedForm) {
  hub_.events_answer = EventsAnswer{
      .accepted = 2, .duplicates = 1, .rejected = {{3, "validation_failed", "no \"eventname\""}}};
  const auto response = post("[]");
  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(response.header("content-type"), "application/json");
  EXPECT_EQ(response.body,
            R"({"accepted":2,"duplicates":1,"rejected":[{"index":3,"code":"validation_failed",)"
            R"("error":"no \"eventname\""}]})");
}

TEST_F(EventsTest, AllRejectedIs400WithTheSameBody) {
  hub_.events_answer =
      EventsAnswer{.accepted = 0, .duplicates = 0, .rejected = {{0, "too_large", "x"}}};
  const auto response = post("[{}]");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.header("content-type"), "application/json");
  EXPECT_EQ(response.json()["rejected"][0]["index"], 0);
}

TEST_F(EventsTest, NothingAndOnlyDuplicatesAre202) {
  hub_.events_answer = EventsAnswer{};
  EXPECT_EQ(post("[]").body, R"({"accepted":0,"duplicates":0,"rejected":[]})");
  hub_.events_answer =
      EventsAnswer{.accepted = 0, .duplicates = 2, .rejected = {{2, "too_large", "x"}}};
  EXPECT_EQ(post("[]").status, 202);
}

TEST_F(EventsTest, ErrorsOfTheHubAreProblems) {
  const auto answer = [&](ErrorCode code) {
    hub_.events_answer = fail(code, "said by the hub");
    return post("[]");
  };
  expect_problem(answer(ErrorCode::kInvalidJson), 400, "invalid_json");
  expect_problem(answer(ErrorCode::kTooLarge), 413, "too_large");
  const auto busy = answer(ErrorCode::kBusy);
  expect_problem(busy, 429, "busy");
  EXPECT_FALSE(busy.header("retry-after").empty());
  const auto full = answer(ErrorCode::kDiskFull);
  expect_problem(full, 503, "disk_full");
  EXPECT_FALSE(full.header("retry-after").empty());
  expect_problem(answer(ErrorCode::kStarting), 503, "starting");
}

TEST_F(EventsTest, GzipIsUnpacked) {
  const std::string body = '[' + std::string(1'000'000, ' ') + ']';
  EXPECT_EQ(post(gzip(body), kGzip).status, 202);
  EXPECT_EQ(hub_.intakes().at(0).body, body);
  EXPECT_EQ(post(gzip("[1,") + gzip("2]"), kGzip).status, 202);
  EXPECT_EQ(hub_.intakes().at(1).body, "[1,2]");  // several members
}

TEST_F(EventsTest, ABombIs413) {
  const auto bomb = gzip(std::string((16U << 20U) + 1, ' '));
  EXPECT_LT(bomb.size(), 100'000U);
  expect_problem(post(bomb, kGzip), 413, "too_large");
  EXPECT_EQ(post(gzip(std::string(16U << 20U, ' ')), kGzip).status, 202);
  EXPECT_EQ(hub_.intakes().size(), 1U);
}

TEST_F(EventsTest, BrokenGzipIs400) {
  const auto good = gzip("[1,2,3]");
  auto wrong_sum = good;
  wrong_sum[good.size() - 6] ^= 1;
  for (const auto& body : {std::string("not gzip"), good.substr(0, good.size() - 3),
                           good.substr(0, 12), good + "rest", wrong_sum, std::string()}) {
    expect_problem(post(body, fmt::format("{}Content-Type: application/json\r\n", kGzip)), 400,
                   "invalid_json");
  }
  EXPECT_TRUE(hub_.intakes().empty());
}

TEST_F(EventsTest, OtherEncodingsAre415) {
  for (const auto* encoding : {"br", "deflate", "gzip, gzip"}) {
    expect_problem(post("{}", fmt::format("Content-Encoding: {}\r\n", encoding)), 415,
                   "unsupported_media_type");
  }
  EXPECT_EQ(post("{}", "Content-Encoding: identity\r\n").status, 202);
}

TEST_F(EventsTest, AListIsPagedNewestFirst) {
  for (int i = 1; i <= 5; ++i)
    add_event(i, fmt::format("e{}", i));
  auto client = as(Role::kView);
  std::string seen;
  std::string cursor;
  for (int page = 0; page < 3; ++page) {
    const auto body = client.request("GET", "/api/v1/events?limit=2" + cursor).json();
    for (const auto& item : body["items"])
      seen += item["id"].get<std::string>();
    const auto& next = body["next_cursor"];
    EXPECT_EQ(next.is_null(), page == 2);
    if (!next.is_null()) cursor = "&cursor=" + next.get<std::string>();
  }
  EXPECT_EQ(seen, "e5e4e3e2e1");
}

TEST_F(EventsTest, BadPagesAre422) {
  auto client = as(Role::kView);
  for (const auto* query : {"limit=0", "limit=501", "limit=x", "limit=-1", "cursor=nonsense",
                            "cursor=", "cursor=-5", "cursor=1x", "cursor=%zz"}) {
    expect_problem(client.request("GET", fmt::format("/api/v1/events?{}", query)), 422,
                   "validation_failed");
  }
}

TEST_F(EventsTest, ViewDoesNotSeeTheEvent) {
  add_event(1, "e1");
  auto view = as(Role::kView);
  auto manage = as(Role::kManage);
  for (const auto* path : {"/api/v1/events", "/api/v1/events/e1"}) {
    const auto hidden = view.request("GET", path).body;
    EXPECT_EQ(hidden.find("ada@example.org"), std::string::npos);
    EXPECT_NE(hidden.find(R"("redacted":true)"), std::string::npos);
    const auto shown = manage.request("GET", path).body;
    EXPECT_NE(shown.find("ada@example.org"), std::string::npos);
    EXPECT_EQ(shown.find("redacted"), std::string::npos);
  }
}

TEST_F(EventsTest, ABoundTokenSeesItsSiteOnly) {
  add_event(1, "e1", "campus");
  add_event(2, "e2", "other");
  auto client = as(Role::kView, "campus");
  const auto items = client.request("GET", "/api/v1/events?site=other").json()["items"];
  ASSERT_EQ(items.size(), 1U);
  EXPECT_EQ(items[0]["id"], "e1");
  EXPECT_EQ(client.request("GET", "/api/v1/events/e1").status, 200);
  EXPECT_EQ(client.request("GET", "/api/v1/events/e2?site=other").status, 404);
}

TEST_F(EventsTest, OneEventTellsWhatBecameOfItAndWhyNot) {
  hub_.add_service("crm");
  const auto made = hub_.add_rule("made", "crm", "\\core\\event\\user_created");
  hub_.add_rule("other", "crm", "\\core\\event\\course_*");
  const auto event = add_event(7, "odd/id");
  store::DeliveryRow row;
  row.id = "d_x";
  row.key.event = event.seq;
  row.rule = made;
  row.progress.attempts.push_back({.n = 1, .http_status = 500, .error = "HTTP 500"});
  hub_.reader.rows.push_back(row);

  auto client = as(Role::kView);
  const auto shown = client.request("GET", "/api/v1/events/odd%2Fid").json();
  ASSERT_EQ(shown["deliveries"].size(), 1U);
  EXPECT_EQ(shown["deliveries"][0]["rule"], "made");
  EXPECT_EQ(shown["deliveries"][0]["attempts"][0]["http_status"], 500);
  ASSERT_EQ(shown["not_matched"].size(), 1U);
  EXPECT_EQ(shown["not_matched"][0]["rule"], "other");
  EXPECT_FALSE(shown["not_matched"][0]["why_not"].get<std::string>().empty());
  expect_problem(client.request("GET", "/api/v1/events/unknown"), 404, "not_found");
}

}  // namespace
}  // namespace mih::api
