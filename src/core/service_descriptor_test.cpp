#include "core/service_descriptor.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>

namespace mih::core {
namespace {

std::set<std::string_view> names_of(ServiceType type) {
  std::set<std::string_view> names;
  for (const auto& field : fields_of(type))
    names.insert(field.field->name);
  return names;
}

TEST(ServiceDescriptor, EveryFieldBelongsToATypeAndIsExplainedTwice) {
  std::set<std::string_view> used;
  for (const auto type : kServiceTypes) {
    for (const auto& field : fields_of(type)) {
      used.insert(field.field->name);
      EXPECT_FALSE(field.help_es.empty()) << field.field->name;
      EXPECT_FALSE(field.field->help.empty()) << field.field->name;
      EXPECT_NE(field.help_es, field.field->help) << field.field->name;
    }
  }
  for (const auto& field : service_fields())
    EXPECT_TRUE(used.contains(field.name)) << field.name;
}

TEST(ServiceDescriptor, TypesHaveTheirOwnFields) {
  EXPECT_TRUE(names_of(ServiceType::kAmqp).contains("response_queue"));
  EXPECT_FALSE(names_of(ServiceType::kRest).contains("response_queue"));
  EXPECT_FALSE(names_of(ServiceType::kAmqp).contains("oauth2_token_url"));
  EXPECT_TRUE(names_of(ServiceType::kSoap).contains("wsse_mode"));
  EXPECT_FALSE(names_of(ServiceType::kRest).contains("wsse_mode"));
}

TEST(ServiceDescriptor, AuthenticationIsWhatTheTransportKnows) {
  const auto auth_of = [](ServiceType type) {
    const auto fields = fields_of(type);
    const auto found = std::ranges::find_if(
        fields, [](const ServiceField& field) { return field.field->name == "auth_type"; });
    return std::set<std::string_view>(found->choices.begin(), found->choices.end());
  };
  using Names = std::set<std::string_view>;
  EXPECT_EQ(auth_of(ServiceType::kRest),
            (Names{"none", "bearer", "apikey", "basic", "oauth2", "mtls"}));
  EXPECT_EQ(auth_of(ServiceType::kSoap), (Names{"none", "bearer", "basic", "mtls", "wsse"}));
  EXPECT_EQ(auth_of(ServiceType::kAmqp), (Names{"none", "mtls"}));
}

TEST(ServiceDescriptor, AmqpHasItsOwnWindow) {
  EXPECT_EQ(default_service(ServiceType::kAmqp).max_concurrency, 256);
  EXPECT_EQ(default_service(ServiceType::kRest).max_concurrency, 8);
}

}  // namespace
}  // namespace mih::core
