#include "engine/cloud_event.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/date_format.hpp"

namespace mih::engine {
namespace {

using ::testing::HasSubstr;

std::expected<std::string, Rejection> convert(std::string_view text) {
  json::Document document;
  EXPECT_TRUE(document.parse(text));
  return event_of_cloud_event(document.root());
}

/// The event as it is stored.
std::string stored(std::string_view text) {
  const auto converted = convert(text);
  EXPECT_TRUE(converted) << converted.error().error;
  json::Document document;
  EXPECT_TRUE(document.parse(*converted)) << *converted;
  const Now now{WallTime{std::chrono::seconds{1'700'000'000}}, SteadyTime{}};
  const auto event = read_event(document.root(), "", now, false);
  EXPECT_TRUE(event) << event.error().error;
  return event ? (*event)->body : "";
}

std::string refusal(std::string_view text) {
  const auto converted = convert(text);
  EXPECT_FALSE(converted) << *converted;
  return converted ? "" : converted.error().error;
}

TEST(CloudEvent, DataIsTheEvent) {
  EXPECT_EQ(
      stored(
          R"({"specversion":"1.0","id":"a-1","source":"/moodle","type":"any","time":"2024-02-18T12:22:19Z",
"data":{"eventname":"\\core\\event\\user_created","objectid":"5","id":"old","timecreated":7}})"),
      R"({"eventname":"\\core\\event\\user_created","objectid":5,"ce":{"specversion":"1.0","id":"a-1","source":"/moodle","type":"any","time":"2024-02-18T12:22:19Z"},"id":"a-1","timecreated":1708258939,"site":"default"})");
}

TEST(CloudEvent, TheTypeIsTheNameWhenTheDataHasNone) {
  const auto event = stored(
      R"({"specversion":"1.0","id":"1","source":"s","type":"core.event.user_created","data":{}})");
  EXPECT_THAT(event, HasSubstr(R"("eventname":"\\core\\event\\user_created")"));
  EXPECT_THAT(event, HasSubstr(R"("timecreated":1700000000)"));
}

// CloudEvents 1.0.2, spec.md "Example" and json-format.md "3.2. Examples".
TEST(CloudEvent, TheExamplesOfTheSpecification) {
  EXPECT_THAT(
      stored(
          R"({"specversion" : "1.0", "type" : "com.github.pull_request.opened",
"source" : "https://github.com/cloudevents/spec/pull", "subject" : "123", "id" : "A234-1234-1234",
"time" : "2018-04-05T17:31:00Z", "comexampleextension1" : "value", "comexampleothervalue" : 5,
"datacontenttype" : "text/xml", "data" : "<much wow=\"xml\"/>"})"),
      HasSubstr(
          R"("data":"<much wow=\"xml\"/>","ce":{"specversion":"1.0","type":"com.github.pull_request.opened",)"));
  EXPECT_THAT(
      stored(
          R"({"specversion" : "1.0", "type" : "com.example.someevent", "source" : "/mycontext",
"id" : "B234-1234-1234", "time" : "2018-04-05T17:31:00Z", "comexampleextension1" : "value",
"comexampleothervalue" : 5, "unsetextension": null, "datacontenttype" : "application/vnd.apache.thrift.binary",
"data_base64" : "... base64 encoded string ..."})"),
      HasSubstr(R"("data_base64":"... base64 encoded string ...")"));
  const auto json = stored(
      R"({"specversion" : "1.0", "type" : "com.example.someevent", "source" : "/mycontext",
"subject": null, "id" : "C234-1234-1234", "time" : "2018-04-05T17:31:00Z",
"comexampleextension1" : "value", "comexampleothervalue" : 5, "datacontenttype" : "application/json",
"data" : {"appinfoA" : "abc", "appinfoB" : 123, "appinfoC" : true}})");
  EXPECT_THAT(json, HasSubstr(R"({"appinfoA" : "abc", "appinfoB" : 123, "appinfoC" : true,)"));
  EXPECT_THAT(json, HasSubstr(R"("eventname":"\\com\\example\\someevent")"));
  EXPECT_THAT(json, HasSubstr(R"("timecreated":1522949460)"));
  EXPECT_THAT(
      stored(
          R"({"specversion":"1.0","type":"com.example.someevent","source":"/mycontext","id":"D234",
"datacontenttype":"application/json","data":1.5})"),
      HasSubstr(R"("data":1.5)"));
}

TEST(CloudEvent, BadAttributesAreNamed) {
  EXPECT_THAT(refusal("[]"), HasSubstr("JSON object"));
  EXPECT_THAT(refusal(R"({"id":"1","source":"s","type":"a.b"})"), HasSubstr("specversion"));
  EXPECT_THAT(refusal(R"({"specversion":"0.3","id":"1","source":"s","type":"a.b"})"),
              HasSubstr("\"1.0\""));
  EXPECT_THAT(refusal(R"({"specversion":"1.0","id":"","source":"s","type":"a.b"})"),
              HasSubstr("attribute id"));
  EXPECT_THAT(refusal(R"({"specversion":"1.0","id":5,"source":"s","type":"a.b"})"),
              HasSubstr("attribute id"));
  EXPECT_THAT(refusal(R"({"specversion":"1.0","id":"1","source":"s","type":"a.b","userId":5})"),
              HasSubstr("'userId'"));
  EXPECT_THAT(refusal(R"({"specversion":"1.0","id":"1","source":"s","type":"a.b","ext":{}})"),
              HasSubstr("attribute ext"));
  EXPECT_THAT(
      refusal(R"({"specversion":"1.0","id":"1","source":"s","type":"a.b","time":"yesterday"})"),
      HasSubstr("RFC 3339"));
  EXPECT_THAT(
      refusal(
          R"({"specversion":"1.0","id":"1","source":"s","type":"a.b","data":{},"data_base64":""})"),
      HasSubstr("not both"));
}

TEST(CloudEvent, Timestamps) {
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(parse_rfc3339("2018-04-05T17:31:00.123456Z"), 1522949460);
  EXPECT_EQ(parse_rfc3339("2018-04-05t19:31:00+02:00"), 1522949460);
  EXPECT_EQ(parse_rfc3339("2018-04-05T13:01:00-04:30"), 1522949460);
  for (const auto* wrong :
       {"", "2018-04-05", "2018-04-05T17:31:00", "2018-02-30T17:31:00Z", "2018-04-05T24:31:00Z",
        "2018-04-05T17:31:00.Z", "2018-04-05T17:31:00+2:00", "2018-04-05T17:31:00Zz"}) {
    EXPECT_EQ(parse_rfc3339(wrong), std::nullopt) << wrong;
  }
}

}  // namespace
}  // namespace mih::engine
