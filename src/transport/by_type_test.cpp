#include "transport/by_type.hpp"

#include <gmock/gmock.h>
#include <vector>

namespace mih::transport {
namespace {

using ::testing::ElementsAre;

struct Seen {
  std::vector<CallId> sent;
  std::vector<CallId> cancelled;
  std::size_t services = 0;
};

class Witness final : public Transport {
 public:
  explicit Witness(Seen& seen) : seen_(seen) {}
  void send(CallId id, core::Request /*request*/) override { seen_.sent.push_back(id); }
  void cancel(CallId id) override { seen_.cancelled.push_back(id); }
  void configure(std::vector<std::shared_ptr<const core::Service>> services) override {
    seen_.services = services.size();
  }

 private:
  Seen& seen_;
};

core::Request to(core::ServiceType type) {
  auto service = std::make_shared<core::Service>();
  service->type = type;
  core::Request request;
  request.service = std::move(service);
  return request;
}

TEST(ByType, SendsWithTheTransportOfTheServicesType) {
  Seen rest;
  Seen amqp;
  Seen soap;
  ByType transport({std::make_unique<Witness>(rest), std::make_unique<Witness>(amqp),
                    std::make_unique<Witness>(soap)});
  transport.send(1, to(core::ServiceType::kRest));
  transport.send(2, to(core::ServiceType::kAmqp));
  transport.send(3, to(core::ServiceType::kSoap));
  EXPECT_THAT(rest.sent, ElementsAre(1));
  EXPECT_THAT(amqp.sent, ElementsAre(2));
  EXPECT_THAT(soap.sent, ElementsAre(3));
}

TEST(ByType, ACancelReachesTheTransportThatHasTheCall) {
  Seen rest;
  Seen amqp;
  ByType transport({std::make_unique<Witness>(rest), std::make_unique<Witness>(amqp), nullptr});
  transport.cancel(7);
  EXPECT_THAT(rest.cancelled, ElementsAre(7));
  EXPECT_THAT(amqp.cancelled, ElementsAre(7));
}

TEST(ByType, AllAreToldWhatIsConfigured) {
  Seen rest;
  Seen amqp;
  ByType transport({std::make_unique<Witness>(rest), std::make_unique<Witness>(amqp), nullptr});
  transport.configure({std::make_shared<core::Service>(), std::make_shared<core::Service>()});
  EXPECT_EQ(rest.services, 2U);
  EXPECT_EQ(amqp.services, 2U);
}

TEST(ByType, ATypeWithoutATransportGoesToRest) {
  Seen rest;
  ByType transport({std::make_unique<Witness>(rest), nullptr, nullptr});
  transport.send(1, to(core::ServiceType::kSoap));
  EXPECT_THAT(rest.sent, ElementsAre(1));
}

}  // namespace
}  // namespace mih::transport
