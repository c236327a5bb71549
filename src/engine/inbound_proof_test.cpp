#include "engine/inbound_proof.hpp"

#include <gtest/gtest.h>

#include "base/base64.hpp"
#include "base/hash.hpp"
#include "core/webhook_signature.hpp"

namespace mih::engine {
namespace {

const WallTime kNow = from_unix_ms(1'614'265'330'000);

/// The example of the Standard Webhooks reference libraries.
InboundProof example() {
  InboundProof proof;
  proof.webhook_id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
  proof.webhook_timestamp = "1614265330";
  proof.webhook_signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
  return proof;
}
constexpr std::string_view kBody = R"({"test": 2432232314})";
constexpr std::string_view kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

TEST(InboundProof, TakesTheExampleOfStandardWebhooks) {
  EXPECT_TRUE(proves(example(), kBody, kSecret, kNow));
  EXPECT_FALSE(proves(example(), R"({"test": 2432232315})", kSecret, kNow));
  EXPECT_FALSE(proves(example(), kBody, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx", kNow));
}

TEST(InboundProof, ASignatureIsValidForFiveMinutes) {
  using std::chrono::seconds;
  EXPECT_TRUE(proves(example(), kBody, kSecret, kNow + seconds{300}));
  EXPECT_FALSE(proves(example(), kBody, kSecret, kNow + seconds{301}));
  EXPECT_TRUE(proves(example(), kBody, kSecret, kNow - seconds{300}));
  EXPECT_FALSE(proves(example(), kBody, kSecret, kNow - seconds{301}));
}

TEST(InboundProof, OneOfSeveralSignaturesIsEnough) {
  auto proof = example();
  proof.webhook_signature = "v1a,x v1,AAAA " + proof.webhook_signature + " v2,y";
  EXPECT_TRUE(proves(proof, kBody, kSecret, kNow));
  proof.webhook_signature = "v1,AAAA v1,";
  EXPECT_FALSE(proves(proof, kBody, kSecret, kNow));
}

TEST(InboundProof, EachPartIsSigned) {
  auto proof = example();
  proof.webhook_id = "msg_other";
  EXPECT_FALSE(proves(proof, kBody, kSecret, kNow));
  proof = example();
  proof.webhook_timestamp = "1614265331";
  EXPECT_FALSE(proves(proof, kBody, kSecret, kNow));
  proof.webhook_timestamp = "now";
  EXPECT_FALSE(proves(proof, kBody, kSecret, kNow));
}

TEST(InboundProof, ASecretOfAnotherKindIsTheKeyItself) {
  auto proof = example();
  proof.webhook_signature =
      core::webhook_signature("plain", proof.webhook_id, 1'614'265'330, kBody);
  EXPECT_TRUE(proves(proof, kBody, "plain", kNow));
}

TEST(InboundProof, TakesTheSecretItself) {
  EXPECT_TRUE(proves({.authorization = "bearer s3cret"}, "{}", "s3cret", kNow));
  EXPECT_FALSE(proves({.authorization = "Bearer s3cre"}, "{}", "s3cret", kNow));
  EXPECT_FALSE(proves({.authorization = "s3cret"}, "{}", "s3cret", kNow));
  EXPECT_TRUE(proves({.api_key = "s3cret"}, "{}", "s3cret", kNow));
  EXPECT_FALSE(proves({.api_key = "other"}, "{}", "s3cret", kNow));
}

TEST(InboundProof, TakesTheSignatureOfGitHub) {
  // The example of GitHub's documentation.
  const InboundProof proof{
      .hub_signature_256 =
          "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"};
  EXPECT_TRUE(proves(proof, "Hello, World!", "It's a Secret to Everybody", kNow));
  EXPECT_FALSE(proves(proof, "Hello, World", "It's a Secret to Everybody", kNow));
}

TEST(InboundProof, WithoutASecretNothingIsProven) {
  EXPECT_FALSE(proves({.authorization = "Bearer "}, "{}", "", kNow));
  EXPECT_FALSE(proves({}, "{}", "", kNow));
  EXPECT_FALSE(proves({}, "{}", "s3cret", kNow));
  const InboundProof empty_key{.hub_signature_256 = "sha256=" + to_hex(hmac_sha256("", "{}"))};
  EXPECT_FALSE(proves(empty_key, "{}", "", kNow));
}

TEST(WebhookKey, IsBase64BehindItsPrefix) {
  EXPECT_EQ(core::webhook_key("whsec_c2VjcmV0"), "secret");
  EXPECT_EQ(core::webhook_key("whsec_c2VjcmV0IQ"), "secret!");
  EXPECT_EQ(core::webhook_key("whsec_c2VjcmV0IQ=="), "secret!");
  EXPECT_FALSE(core::webhook_key("c2VjcmV0"));
  EXPECT_FALSE(core::webhook_key("whsec_"));
  EXPECT_FALSE(core::webhook_key("whsec_not-base64"));
}

}  // namespace
}  // namespace mih::engine
