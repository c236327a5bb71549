#include "core/service_secrets.hpp"

#include <gtest/gtest.h>

namespace mih::core {
namespace {

TEST(WithoutSecrets, MasksWhatTheHubHasSent) {
  Service service;
  service.auth_type = AuthType::kBearer;
  service.auth_token = "s3cret";
  service.signing_secret = "s3cret-and-more";
  service.base_url = "https://u:p4ssword@crm.example/";
  EXPECT_EQ(without_secrets(service, "s3cret, Bearer s3cret; s3cret-and-more p4ssword u"),
            "********, Bearer ********; ******** ******** u");
  EXPECT_EQ(without_secrets(service, ""), "");
  EXPECT_EQ(without_secrets(service, "\xff\0x"), "\xff\0x");
}

TEST(WithoutSecrets, MasksThePasswordAsItIsSent) {
  Service service;
  service.auth_type = AuthType::kBasic;
  service.basic_user = "Aladdin";
  service.auth_token = "open sesame";
  EXPECT_EQ(without_secrets(service, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), "Basic ********");
}

TEST(WithoutSecrets, LeavesATextWhoseSecretIsTooShortToBeRecognised) {
  Service service;
  service.auth_token = "a";
  EXPECT_EQ(without_secrets(service, "banana"), "banana");
}

}  // namespace
}  // namespace mih::core
