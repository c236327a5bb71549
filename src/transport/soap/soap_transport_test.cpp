#include "transport/soap/soap_transport.hpp"

#include <atomic>
#include <future>
#include <gmock/gmock.h>

#include "transport/http/http_test.hpp"
#include "transport/soap/soap_test.hpp"

namespace mih::transport {
namespace {

using core::Failure;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Optional;
using Received = TestPeer::Received;
using Then = TestPeer::Then;

SoapTransport::Options soap_options(std::vector<std::string> allowed = {"127.0.0.0/8"}) {
  SoapTransport::Options options;
  options.make_http = [allowed = std::move(allowed)](Transport::Sink sink) {
    return std::make_unique<HttpTransport>(http_options(allowed), std::move(sink));
  };
  return options;
}

/// One operation `name` (text in, text out) whose calls go to /call.
std::string wsdl_with(std::string_view name, std::string_view more = "",
                      std::string_view location = "/call") {
  return fmt::format(R"(
<definitions targetNamespace="urn:t" xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:t="urn:t"
    xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/">{1}
  <types><schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t">
    <element name="{0}"><complexType><sequence><element name="text" type="string"/></sequence>
      </complexType></element></schema></types>
  <message name="m"><part name="p" element="t:{0}"/></message>
  <portType name="p"><operation name="{0}"><input message="t:m"/><output message="t:m"/>
    </operation></portType>
  <binding name="b" type="t:p"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>
    <operation name="{0}"><soap:operation soapAction="urn:{0}"/><input><soap:body use="literal"/>
      </input><output><soap:body use="literal"/></output></operation></binding>
  <service name="s"><port name="p" binding="t:b"><soap:address location="{2}"/></port></service>
</definitions>)",
                     name, more, location);
}

TestPeer::Answer echo(const Received& request) {
  const std::size_t begin = request.body.find("<soap:Body>") + 11;
  const std::string body = request.body.substr(begin, request.body.find("</soap:Body>") - begin);
  return TestPeer::answer(
      200, fmt::format(R"(<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/">)"
                       R"(<e:Body xmlns:ns1="urn:t">{}</e:Body></e:Envelope>)",
                       body));
}

std::shared_ptr<core::Service> soap_service(std::string wsdl) {
  auto made = service();
  made->type = core::ServiceType::kSoap;
  made->base_url = std::move(wsdl);
  return made;
}

core::Request to(std::shared_ptr<const core::Service> service, std::string operation = "say") {
  core::Request request = post(std::move(operation), std::move(service));
  request.body = R"({"text":"a"})";
  return request;
}

bool is_call(const Received& request) {
  return request.method() == "POST";
}

class SoapHarness final : public TransportHarness {
 public:
  std::unique_ptr<Transport> make(Transport::Sink sink) override {
    return std::make_unique<SoapTransport>(soap_options(), std::move(sink));
  }
  std::unique_ptr<Transport> make_guarded(Transport::Sink sink) override {
    return std::make_unique<SoapTransport>(soap_options({}), std::move(sink));
  }
  core::Request to_accepting_peer() override { return to(soap_service(peer_.url("/accept"))); }
  core::Request to_silent_peer() override { return to(soap_service(peer_.url("/silent"))); }
  core::Request to_breaking_peer() override { return to(soap_service(peer_.url("/break"))); }
  core::Request to_closed_port() override { return to(soap_service(closed_.url)); }
  core::Request to_unknown_host() override {
    return to(soap_service("http://no-such-host.invalid/"));
  }
  core::Request with_unusable_secret() override {
    auto nobody = soap_service(peer_.url("/accept"));
    nobody->auth_type = core::AuthType::kWsse;
    nobody->auth_token = "secret";
    return to(nobody);
  }
  std::size_t arrived() override {
    return static_cast<std::size_t>(std::ranges::count_if(peer_.received(), is_call));
  }
  void wait_until_arrived(std::size_t count) override {
    peer_.wait_for_requests(count + 1);  // the WSDL too
  }

 private:
  TestPeer peer_{[](const Received& request) -> TestPeer::Answer {
    const std::string target = request.target();
    if (!is_call(request)) return TestPeer::answer(200, wsdl_with("say", "", target));
    if (target == "/silent") return {"", Then::kSilence};
    if (target == "/break") return {"", Then::kClose};
    return echo(request);
  }};
  ClosedPort closed_;
};

INSTANTIATE_TEST_SUITE_P(Soap, TransportConformance,
                         ::testing::Values(TransportKind{
                             "Soap",
                             +[]() -> std::unique_ptr<TransportHarness> {
                               return std::make_unique<SoapHarness>();
                             }}),
                         [](const auto& kind) { return kind.param.name; });

class Soap : public ::testing::Test {
 protected:
  core::Reply send(core::Request request) {
    transport_.send(++calls_, std::move(request));
    return replies_.wait(calls_);
  }
  static std::size_t loads(TestPeer& peer) {
    return peer.received().size() -
           static_cast<std::size_t>(std::ranges::count_if(peer.received(), is_call));
  }

  Replies replies_;
  SoapTransport transport_{soap_options(), replies_.sink()};
  CallId calls_ = 0;
};

TEST_F(Soap, CallsTheOperationAndReadsTheAnswer) {
  TestPeer peer{[](const Received& request) {
    return is_call(request) ? echo(request) : TestPeer::answer(200, wsdl_with("say"));
  }};
  core::Request request = to(soap_service(peer.url("/x?wsdl")));
  request.body = R"({"text":"<&>"})";
  const core::Reply reply = send(request);
  EXPECT_EQ(reply.failure, Failure::kNone) << reply.error;
  EXPECT_THAT(reply.http_status, Optional(200));
  EXPECT_EQ(reply.body, R"({"text":"<&>"})");
  const Received call = peer.received().at(1);
  EXPECT_EQ(call.target(), "/call");
  EXPECT_THAT(call.header("SOAPAction"), Optional(std::string{"\"urn:say\""}));
  EXPECT_THAT(call.header("Content-Type"), Optional(std::string{"text/xml; charset=utf-8"}));
  EXPECT_THAT(call.header("webhook-id"), Optional(std::string{"d_abc"}));
}

TEST_F(Soap, TheWsdlIsLoadedOnceForManyCalls) {
  TestPeer peer{[](const Received& request) {
    return is_call(request) ? echo(request) : TestPeer::answer(200, wsdl_with("say"));
  }};
  constexpr CallId kCalls = 50;
  for (CallId id = 1; id <= kCalls; ++id)
    transport_.send(id, to(soap_service(peer.url())));
  for (CallId id = 1; id <= kCalls; ++id)
    EXPECT_EQ(replies_.wait(id).failure, Failure::kNone);
  EXPECT_EQ(loads(peer), 1U);
}

TEST_F(Soap, ASilentWsdlHoldsUpNobodyElse) {
  TestPeer silent{[](const Received&) -> TestPeer::Answer { return {"", Then::kSilence}; }};
  TestPeer peer{[](const Received& request) {
    return is_call(request) ? echo(request) : TestPeer::answer(200, wsdl_with("say"));
  }};
  core::Request waits = to(soap_service(silent.url()));
  waits.timeout = std::chrono::milliseconds{300};
  transport_.send(1, waits);
  transport_.send(2, to(soap_service(peer.url())));
  EXPECT_EQ(replies_.wait(2).failure, Failure::kNone);
  const core::Reply late = replies_.wait(1);
  EXPECT_EQ(late.failure, Failure::kTimeout);
  EXPECT_THAT(late.error, HasSubstr("was not loaded within 0.3 s"));
}

TEST_F(Soap, WhatDoesNotFitIsNotSent) {
  TestPeer peer{[](const Received& request) {
    return is_call(request) ? echo(request) : TestPeer::answer(200, wsdl_with("say"));
  }};
  EXPECT_EQ(send(to(soap_service(peer.url()), "shout")).failure, Failure::kInvalid);
  core::Request unknown = to(soap_service(peer.url()));
  unknown.body = R"({"txt":"a"})";
  const core::Reply reply = send(unknown);
  EXPECT_EQ(reply.failure, Failure::kInvalid);
  EXPECT_THAT(reply.error, HasSubstr("argument txt: is not in the schema"));
  EXPECT_THAT(peer.received(), Not(::testing::Contains(::testing::Truly(is_call))));
}

TEST_F(Soap, AChangedWsdlIsTakenWhenACallFailsOnTheOld) {
  std::atomic<bool> changed = false;
  TestPeer peer{[&](const Received& request) {
    if (is_call(request)) return echo(request);
    return TestPeer::answer(200, wsdl_with(changed ? "shout" : "say"));
  }};
  const auto service = soap_service(peer.url());
  EXPECT_EQ(send(to(service)).failure, Failure::kNone);
  changed = true;
  EXPECT_EQ(send(to(service, "shout")).failure, Failure::kNone);
  EXPECT_EQ(loads(peer), 2U);
  EXPECT_EQ(send(to(service)).failure, Failure::kInvalid) << "it is gone";
}

TEST_F(Soap, ARefusalLoadsTheWsdlAgainForTheNextCall) {
  std::atomic<bool> moved = false;
  TestPeer peer{[&](const Received& request) {
    if (!is_call(request)) {
      return TestPeer::answer(200, wsdl_with("say", "", moved ? "/new" : "/old"));
    }
    if (request.target() != (moved ? "/new" : "/old")) return TestPeer::answer(404);
    return echo(request);
  }};
  const auto service = soap_service(peer.url());
  EXPECT_THAT(send(to(service)).http_status, Optional(200));
  moved = true;
  EXPECT_THAT(send(to(service)).http_status, Optional(404));
  EXPECT_THAT(send(to(service)).http_status, Optional(200));
}

TEST_F(Soap, AWsdlThatCannotBeLoadedIsAFailureThatSaysWhy) {
  const auto reason = [&](const TestPeer::Answer& answer) {
    TestPeer peer{always(answer)};
    const core::Reply reply = send(to(soap_service(peer.url())));
    EXPECT_EQ(reply.failure, Failure::kDescription) << reply.error;
    EXPECT_FALSE(reply.http_status.has_value());
    EXPECT_THAT(reply.error, HasSubstr("the WSDL http://127.0.0.1:"));
    return reply.error;
  };
  EXPECT_THAT(reason(TestPeer::answer(404)), HasSubstr("HTTP 404"));
  EXPECT_THAT(reason(TestPeer::answer(302, "", "Location: /x\r\n")), HasSubstr("a redirect"));
  EXPECT_THAT(reason(TestPeer::answer(200, "<html/>")), HasSubstr("root is <html>"));
  EXPECT_THAT(reason(TestPeer::answer(200, "")), HasSubstr("it is empty"));
  EXPECT_THAT(reason(TestPeer::answer(200, "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>")),
              HasSubstr("document type"));
  EXPECT_THAT(reason(TestPeer::answer(200, std::string((16U << 20U) + 1, ' '))),
              HasSubstr("larger than 16 MiB"));
}

TEST_F(Soap, ImportsAreLoadedOnceEach) {
  TestPeer peer{[](const Received& request) {
    if (is_call(request)) return echo(request);
    if (request.target() == "/w/a") {
      return TestPeer::answer(200, wsdl_with("say", R"(<import location="../w/b"/>)"));
    }
    return TestPeer::answer(200, R"(<definitions xmlns="http://schemas.xmlsoap.org/wsdl/">
      <import location="a"/></definitions>)");
  }};
  EXPECT_EQ(send(to(soap_service(peer.url("/w/a")))).failure, Failure::kNone);
  EXPECT_EQ(loads(peer), 2U) << "circles are loaded once";
}

TEST_F(Soap, AnImportThatIsMissingIsNamed) {
  TestPeer peer{[](const Received& request) {
    if (request.target() == "/gone") return TestPeer::answer(404);
    return TestPeer::answer(200, wsdl_with("say", R"(<import location="/gone"/>)"));
  }};
  const core::Reply reply = send(to(soap_service(peer.url())));
  EXPECT_EQ(reply.failure, Failure::kDescription);
  EXPECT_THAT(reply.error, AllOf(HasSubstr("its import http://"), HasSubstr("/gone: HTTP 404")));
}

TEST_F(Soap, OnlyItsOwnServerLearnsTheSecretsOfTheService) {
  TestPeer stranger{
      always(TestPeer::answer(200, R"(<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"/>)"))};
  TestPeer peer{[&](const Received& request) {
    if (is_call(request)) return echo(request);
    return TestPeer::answer(
        200, wsdl_with("say", fmt::format(R"(<import location="{}"/>)", stranger.url())));
  }};
  auto with_token = soap_service(peer.url());
  with_token->auth_type = core::AuthType::kBearer;
  with_token->auth_token = "secret";
  with_token->headers = {{"X-Key", "secret"}};
  core::Request request = to(with_token);
  request.headers.emplace_back("X-Key", "secret");
  EXPECT_EQ(send(request).failure, Failure::kNone);
  for (const Received& seen : peer.received()) {
    EXPECT_THAT(seen.header("Authorization"), Optional(std::string{"Bearer secret"}));
    EXPECT_THAT(seen.header("X-Key"), Optional(std::string{"secret"}));
  }
  ASSERT_EQ(stranger.received().size(), 1U);
  EXPECT_THAT(stranger.received().front().head, Not(HasSubstr("secret")));
}

TEST_F(Soap, TheGuardJudgesImportsToo) {
  TestPeer peer{always(
      TestPeer::answer(200, wsdl_with("say", R"(<import location="http://169.254.169.254/x"/>)")))};
  const core::Reply reply = send(to(soap_service(peer.url())));
  EXPECT_EQ(reply.failure, Failure::kGuard);
  EXPECT_THAT(reply.error, HasSubstr("its import http://169.254.169.254/x"));
}

TEST_F(Soap, WsSecurityAndHeaderBlocksAreInTheEnvelope) {
  TestPeer peer{[](const Received& request) {
    return is_call(request) ? echo(request) : TestPeer::answer(200, wsdl_with("say"));
  }};
  auto secured = soap_service(peer.url());
  secured->auth_type = core::AuthType::kWsse;
  secured->wsse_user = "moodle";
  secured->auth_token = "pass";
  core::Request request = to(secured);
  request.soap_headers = "<t:Tenant xmlns:t='urn:x'>a</t:Tenant>";
  EXPECT_EQ(send(request).failure, Failure::kNone);
  const Received call = peer.received().at(1);
  EXPECT_THAT(call.body, HasSubstr("<wsse:Username>moodle</wsse:Username>"));
  EXPECT_THAT(call.body, HasSubstr("#PasswordText\">pass<"));
  EXPECT_THAT(call.body, HasSubstr("<t:Tenant xmlns:t='urn:x'>a</t:Tenant></soap:Header>"));
  EXPECT_FALSE(call.header("Authorization").has_value());
}

class SoapOperations : public Soap {
 protected:
  Result<std::string> list(std::shared_ptr<core::Service> of, bool anew = false) {
    std::promise<Result<std::string>> promise;
    auto answered = promise.get_future();
    transport_.list_operations(std::move(of), anew, [&](Result<std::string> answer) {
      promise.set_value(std::move(answer));
    });
    return answered.get();
  }
};

TEST_F(SoapOperations, AreListedFromTheCopyOrAnew) {
  std::atomic<bool> changed = false;
  TestPeer peer{
      [&](const Received&) { return TestPeer::answer(200, wsdl_with(changed ? "shout" : "say")); }};
  EXPECT_THAT(list(soap_service(peer.url())).value(), HasSubstr(R"("name":"say")"));
  changed = true;
  EXPECT_THAT(list(soap_service(peer.url())).value(), HasSubstr(R"("name":"say")"));
  EXPECT_EQ(loads(peer), 1U);
  EXPECT_THAT(list(soap_service(peer.url()), true).value(), HasSubstr(R"("name":"shout")"));
}

TEST_F(SoapOperations, OfAWsdlThatCannotBeLoadedAreAnError) {
  ClosedPort closed;
  const auto refused = list(soap_service(closed.url));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kValidationFailed);
  EXPECT_EQ(refused.error().fields.front().field, "base_url");
  EXPECT_THAT(refused.error().detail, HasSubstr("refused"));
}

TEST_F(SoapOperations, EndWithTheTransport) {
  TestPeer silent{[](const Received&) -> TestPeer::Answer { return {"", Then::kSilence}; }};
  Replies none;
  auto transport = std::make_unique<SoapTransport>(soap_options(), none.sink());
  std::promise<Result<std::string>> promise;
  auto answered = promise.get_future();
  transport->list_operations(soap_service(silent.url()), false, [&](Result<std::string> answer) {
    promise.set_value(std::move(answer));
  });
  silent.wait_for_requests(1);
  transport.reset();
  EXPECT_FALSE(answered.get());
}

}  // namespace
}  // namespace mih::transport
