#include "engine/render.hpp"

#include <fmt/format.h>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/event_reader.hpp"
#include "engine/request_parts.hpp"

namespace mih::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

class RenderTest : public ::testing::Test {
 protected:
  RenderTest() {
    rule_.id = {3};
    rule_.name = "new users";
    rule_.eventname = "*";
    service_.name = "crm";
    service_.base_url = "https://crm.example/v1/";
    service_.timeout = std::chrono::milliseconds{2500};
    event_.site = "default";
    event_.id = "e1";
    event_.name = "\\core\\event\\user_created";
    event_.body =
        R"({"eventname":"\\core\\event\\user_created","userid":5,"objectid":null,"anonymous":0,)"
        R"("other":{"a":[true,null,"x y"],"price":129.950}})";
  }

  Result<core::Request> render() {
    auto compiled = compile_rule(rule_);
    if (!compiled) return fail(compiled);
    return render_request(*compiled, std::make_shared<const core::Service>(service_), event_,
                          "d_abc", 2, from_unix_ms(1'700'000'000'999), document_);
  }

  core::Request rendered() {
    auto request = render();
    EXPECT_TRUE(request) << (request ? "" : request.error().detail);
    return request ? std::move(*request) : core::Request{};
  }

  core::Rule rule_;
  core::Service service_;
  core::Event event_;
  json::Document document_;
};

TEST_F(RenderTest, AServiceMayWantCloudEvents) {
  rule_.payload_template = R"({"id": {{userid}}})";
  service_.cloudevents = core::CloudEvents::kStructured;
  const auto posted = nlohmann::json::parse(rendered().body);
  EXPECT_EQ(posted["id"], "d_abc");
  EXPECT_EQ(posted["type"], "core.event.user_created");
  EXPECT_EQ(posted["data"], (nlohmann::json{{"id", 5}}));
  rule_.http_method = core::HttpMethod::kGet;
  EXPECT_EQ(rendered().body, "") << "a GET has no event to carry";
}

TEST_F(RenderTest, APostWithATemplate) {
  rule_.endpoint = "/contacts?source=moodle";
  rule_.payload_template =
      R"({"id": {{userid}}, "try": {{delivery.attempt}}, "d": "{{delivery.id}}", "t": {{now}}})";
  const core::Request request = rendered();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "https://crm.example/v1/contacts?source=moodle");
  EXPECT_EQ(request.body, R"({"id": 5, "try": 2, "d": "d_abc", "t": 1700000000})");
  EXPECT_THAT(request.headers, ElementsAre(Pair("Content-Type", "application/json"),
                                           Pair("Accept", "application/json")));
  EXPECT_EQ(request.delivery_id, "d_abc");
  EXPECT_EQ(request.event_name, "\\core\\event\\user_created");
  EXPECT_EQ(request.timeout, std::chrono::milliseconds{2500});
  EXPECT_EQ(request.service->name, "crm");
}

TEST_F(RenderTest, AnEventThatGoesRoundIsStopped) {
  event_.body = R"({"eventname":"\\a\\b","hop":3})";
  EXPECT_TRUE(render());
  for (const auto* hop : {"4", "\"4\""}) {
    event_.body = fmt::format(R"({{"eventname":"\\a\\b","hop":{}}})", hop);
    ASSERT_FALSE(render());
    EXPECT_EQ(render().error().code, ErrorCode::kLoop);
  }
}

TEST_F(RenderTest, WithoutATemplateTheStoredEventIsSent) {
  EXPECT_EQ(rendered().body, event_.body);
  EXPECT_EQ(rendered().url, "https://crm.example/v1/") << "no endpoint adds nothing";
}

TEST_F(RenderTest, MethodsOtherThanGetHaveABody) {
  using enum core::HttpMethod;
  for (const auto method : {kPost, kPut, kPatch, kDelete}) {
    rule_.http_method = method;
    EXPECT_EQ(rendered().method, core::name_of(method));
    EXPECT_EQ(rendered().body, event_.body);
  }
}

TEST_F(RenderTest, AGetHasAQueryAndNoBody) {
  rule_.http_method = core::HttpMethod::kGet;
  rule_.endpoint = "search?page=1";
  rule_.payload_template = R"({"u":{{userid}},"n":{{objectid}},"o":{{other}}})";
  const core::Request request = rendered();
  EXPECT_EQ(request.url,
            "https://crm.example/v1/search?page=1&u=5&o%5Ba%5D%5B0%5D=1&o%5Ba%5D%5B2%5D=x%20y"
            "&o%5Bprice%5D=129.950");
  EXPECT_EQ(request.body, "");
  EXPECT_THAT(request.headers, ElementsAre(Pair("Accept", "application/json")));
  rule_.payload_template = "{{userid}}";
  EXPECT_EQ(render().error().code, ErrorCode::kTemplateInvalid);
  rule_.payload_template = "{}";
  EXPECT_EQ(rendered().url, "https://crm.example/v1/search?page=1");
}

TEST_F(RenderTest, ADeepObjectBecomesAQueryToo) {
  const std::string inner = std::string(62, '[') + "1" + std::string(62, ']');
  event_.body = "{\"other\":" + inner + "}";
  rule_.http_method = core::HttpMethod::kGet;
  rule_.payload_template =
      "{\"a\":" + std::string(60, '[') + "{{other}}" + std::string(60, ']') + "}";
  EXPECT_THAT(rendered().url, HasSubstr("=1"));
}

TEST_F(RenderTest, LaterHeadersReplaceEarlierOnes) {
  service_.headers = {{"X-Tenant", "a\r\nX-Evil: 1"}, {"accept", "text/plain"}};
  rule_.headers = {{"x-tenant", "t{{userid}}"}, {"X-Null", "{{objectid}}"}};
  EXPECT_THAT(rendered().headers,
              ElementsAre(Pair("Content-Type", "application/json"), Pair("accept", "text/plain"),
                          Pair("x-tenant", "t5"), Pair("X-Null", "")));
  rule_.headers.clear();
  EXPECT_EQ(rendered().headers[2].second, "aX-Evil: 1");
}

TEST_F(RenderTest, FormXmlAndText) {
  using enum core::ContentType;
  rule_.content_type = kForm;
  rule_.payload_template = R"({"a":{{other.a}},"b":"{{userid}} &"})";
  EXPECT_EQ(rendered().body, "a%5B0%5D=1&a%5B2%5D=x+y&b=5+%26");
  EXPECT_EQ(rendered().headers[0].second, "application/x-www-form-urlencoded");
  rule_.payload_template = "a={{other.a.2}}&b=1";
  EXPECT_EQ(rendered().body, "a=x+y&b=1");
  rule_.payload_template = "";
  EXPECT_THAT(rendered().body, HasSubstr("userid=5&anonymous=0&other%5Ba%5D%5B0%5D=1"));
  rule_.content_type = kXml;
  rule_.payload_template = "<u id=\"{{userid}}\">{{other}}</u>";
  EXPECT_THAT(rendered().body, HasSubstr("<u id=\"5\">{&quot;a&quot;:[true,null"));
  EXPECT_EQ(rendered().headers[0].second, "application/xml");
  rule_.content_type = kText;
  rule_.payload_template = "user {{userid}}";
  EXPECT_EQ(rendered().body, "user 5");
  EXPECT_EQ(rendered().headers[0].second, "text/plain; charset=utf-8");
}

TEST_F(RenderTest, ThePathMustBeWhole) {
  rule_.http_method = core::HttpMethod::kDelete;
  rule_.endpoint = "/contacts/{{objectid}}";
  const auto request = render();
  ASSERT_FALSE(request);
  EXPECT_EQ(request.error().code, ErrorCode::kTemplateInvalid);
  EXPECT_THAT(request.error().detail, HasSubstr("endpoint: {{objectid}}"));
}

TEST_F(RenderTest, AmqpTakesTheEndpointAsRoutingKey) {
  service_.type = core::ServiceType::kAmqp;
  rule_.endpoint = "/moodle.{{eventname}}.{{userid}}";
  rule_.http_method = core::HttpMethod::kGet;
  const core::Request request = rendered();
  EXPECT_EQ(request.url, "moodle.\\core\\event\\user_created.5");
  EXPECT_EQ(request.body, event_.body) << "the method is ignored";
  rule_.endpoint = "{{objectid}}";
  EXPECT_EQ(rendered().url, "");
  rule_.endpoint = std::string(255, 'k');
  EXPECT_EQ(rendered().url.size(), 255U);
  rule_.endpoint += "k";
  EXPECT_EQ(render().error().code, ErrorCode::kTemplateInvalid);
}

TEST_F(RenderTest, SoapTakesEndpointArgumentsAndHeaderBlocks) {
  service_.type = core::ServiceType::kSoap;
  service_.soap_headers = "<h:Who>{{userid}}</h:Who>";
  rule_.endpoint = "Enrol";
  rule_.http_method = core::HttpMethod::kGet;
  rule_.content_type = core::ContentType::kForm;
  rule_.payload_template = R"({"id": {{userid}}})";
  const core::Request request = rendered();
  EXPECT_EQ(request.url, "Enrol");
  EXPECT_EQ(request.body, R"({"id": 5})") << "method and content type are ignored";
  EXPECT_EQ(request.soap_headers, "<h:Who>5</h:Who>");
}

TEST_F(RenderTest, HeaderBlocksAreMadeAnewForWhatNoRuleRenders) {
  auto service = std::make_shared<core::Service>(service_);
  service->type = core::ServiceType::kSoap;
  service->soap_headers = "<h>{{userid}}</h>";
  event_.body = R"({"anonymous":1,"userid":5,"endpoint":"Enrol"})";
  core::Delivery delivery;
  delivery.event = std::make_shared<core::Event>(event_);
  const auto headers = [&] {
    const auto request =
        render_attempt(delivery, nullptr, service, "d_abc", 1, from_unix_ms(0), document_);
    return request ? request->soap_headers : request.error().detail;
  };
  EXPECT_EQ(headers(), "<h></h>") << "a gateway call has no event";
  delivery.as_sent = std::make_shared<core::SentRequest>();
  EXPECT_EQ(headers(), "<h></h>") << "anonymous";
  event_.body = R"({"userid":5})";
  delivery.event = std::make_shared<core::Event>(event_);
  EXPECT_EQ(headers(), "<h>5</h>");
}

TEST_F(RenderTest, AnonymousPeopleAreHiddenUnlessTheRuleIncludesThem) {
  event_.body = R"({"eventname":"\\a\\b","anonymous":1,"userid":5,"ip":"10.0.0.1"})";
  EXPECT_EQ(rendered().body, R"({"eventname":"\\a\\b","anonymous":1,"userid":null,"ip":null})");
  rule_.payload_template = R"(["{{userid}}",{{event.ip}}])";
  EXPECT_EQ(rendered().body, R"(["",null])");
  rule_.include_anonymous = true;
  EXPECT_EQ(rendered().body, R"(["5","10.0.0.1"])");
}

TEST_F(RenderTest, RecordedEventsArriveAsTheTemplateSays) {
  rule_.payload_template =
      R"({"name":{{eventname}},"user":{{userid}},"text":"<{{courseid}}>","other":{{other}}})";
  const auto compiled = compile_rule(rule_);
  ASSERT_TRUE(compiled);
  const auto service = std::make_shared<const core::Service>(service_);
  std::ifstream file{MIH_TEST_DATA "/events-sample.ndjson"};
  std::string line;
  int events = 0;
  while (std::getline(file, line)) {
    ASSERT_TRUE(document_.parse(line));
    const auto event = read_event(document_.root(), "", Now{}, false);
    ASSERT_TRUE(event);
    const auto request =
        render_request(*compiled, service, **event, "d_abc", 1, WallTime{}, document_);
    ASSERT_TRUE(request) << line;
    const auto sent = nlohmann::json::parse(request->body);
    const auto stored = nlohmann::json::parse((*event)->body);
    ASSERT_EQ(sent["name"], stored["eventname"]);
    ASSERT_EQ(sent["user"], stored["userid"]);
    ASSERT_EQ(sent["other"], stored["other"]);
    const std::string course = stored["courseid"].is_null() ? "" : stored["courseid"].dump();
    ASSERT_EQ(sent["text"], "<" + course + ">") << line;
    ++events;
  }
  EXPECT_EQ(events, 722);
}

TEST(JoinUrl, PutsExactlyOneSlashBetween) {
  EXPECT_EQ(join_url("http://h/v1", "a"), "http://h/v1/a");
  EXPECT_EQ(join_url("http://h/v1/", "/a/"), "http://h/v1/a/");
  EXPECT_EQ(join_url("http://h", "//evil.example/x"), "http://h/evil.example/x");
  EXPECT_EQ(join_url("http://h", "@evil.example"), "http://h/@evil.example");
}

TEST(JoinUrl, AnEmptyEndpointAddsNothing) {
  for (const std::string_view base : {"http://h", "http://h/", "http://h/v1", "http://h/v1/?a=1"}) {
    EXPECT_EQ(join_url(base, ""), base);
    EXPECT_EQ(join_url(base, "/"), base);
  }
}

TEST(JoinUrl, JoinsQueries) {
  EXPECT_EQ(join_url("http://h/v1?k=1", "a?b=2"), "http://h/v1/a?k=1&b=2");
  EXPECT_EQ(join_url("http://h/v1?k=1", "?b=2"), "http://h/v1?k=1&b=2");
  EXPECT_EQ(join_url("http://h/v1?k=1", "/a"), "http://h/v1/a?k=1");
  EXPECT_EQ(join_url("http://h/v1", "/a?b=2#frag"), "http://h/v1/a?b=2");
  EXPECT_EQ(join_url("http://h/v1#x", "a?"), "http://h/v1/a");
}

}  // namespace
}  // namespace mih::engine
