#include "engine/cloud_event_output.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/request_parts.hpp"

namespace mih::engine {
namespace {

using core::CloudEvents;
using ::testing::Contains;
using ::testing::Pair;

core::Request request(std::string body, std::string content_type = "application/json") {
  core::Request made;
  made.body = std::move(body);
  set_header(made.headers, "Content-Type", content_type);
  return made;
}

const CloudEventAttributes kAttributes{.id = "d_1",
                                       .site = "main",
                                       .event_name = R"(\core\event\user_created)",
                                       .time_s = 1'708'258'939};

TEST(CloudEventOutput, OffLeavesTheRequestAlone) {
  auto plain = request("{}");
  make_cloud_event(plain, kAttributes, CloudEvents::kOff);
  EXPECT_EQ(plain.body, "{}");
  EXPECT_EQ(plain.headers.size(), 1U);
}

TEST(CloudEventOutput, BinaryHasTheAttributesInHeaders) {
  auto binary = request(R"({"price":129.950})");
  make_cloud_event(binary, kAttributes, CloudEvents::kBinary);
  EXPECT_EQ(binary.body, R"({"price":129.950})");
  EXPECT_EQ(binary.headers, (core::Headers{{"Content-Type", "application/json"},
                                           {"ce-specversion", "1.0"},
                                           {"ce-id", "d_1"},
                                           {"ce-source", "/moodle/main"},
                                           {"ce-type", "core.event.user_created"},
                                           {"ce-time", "2024-02-18T12:22:19Z"}}));
}

TEST(CloudEventOutput, TheAmqpBindingHasAPrefixOfItsOwn) {
  auto binary = request("{}");
  auto attributes = kAttributes;
  attributes.binding = core::ServiceType::kAmqp;
  make_cloud_event(binary, attributes, CloudEvents::kBinary);
  EXPECT_THAT(binary.headers, Contains(Pair("cloudEvents_id", "d_1")));
  EXPECT_THAT(binary.headers, Contains(Pair("cloudEvents_time", "2024-02-18T12:22:19Z")));
  EXPECT_EQ(binary.headers.size(), 6U);
}

TEST(CloudEventOutput, StructuredHasThePayloadAsItsData) {
  auto structured = request(R"({"price":129.950})");
  make_cloud_event(structured, kAttributes, CloudEvents::kStructured);
  EXPECT_EQ(structured.body, R"({"specversion":"1.0","id":"d_1","source":"/moodle/main",)"
                             R"("type":"core.event.user_created","time":"2024-02-18T12:22:19Z",)"
                             R"("datacontenttype":"application/json","data":{"price":129.950}})");
  EXPECT_THAT(structured.headers, Contains(Pair("Content-Type", "application/cloudevents+json")));
}

TEST(CloudEventOutput, OtherPayloadsAreTextOrBytes) {
  auto text = request("<a>\"</a>", "application/xml");
  auto attributes = kAttributes;
  attributes.time_s.reset();
  make_cloud_event(text, attributes, CloudEvents::kStructured);
  EXPECT_EQ(text.body, R"({"specversion":"1.0","id":"d_1","source":"/moodle/main",)"
                       R"("type":"core.event.user_created","datacontenttype":"application/xml",)"
                       R"("data":"<a>\"</a>"})");
  auto bytes = request("\xff", "text/plain");
  make_cloud_event(bytes, attributes, CloudEvents::kStructured);
  EXPECT_NE(bytes.body.find(R"("data_base64":"/w==")"), std::string::npos) << bytes.body;
}

}  // namespace
}  // namespace mih::engine
