#include "transport/soap/wsdl_loader.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "base/header.hpp"
#include "transport/soap/url.hpp"

namespace mih::transport::soap {
namespace {

using core::Failure;

constexpr std::chrono::seconds kLongestLoad{60};
constexpr std::chrono::seconds kLongestFetch{30};
constexpr std::size_t kMostDocumentBytes = std::size_t{16} << 20U;
constexpr std::size_t kMostFetches = 4;  // of one description at a time

/// The service as it asks for its WSDL: nothing to sign, and WS-Security is for messages.
std::shared_ptr<const core::Service> for_documents(const core::Service& service) {
  auto own = std::make_shared<core::Service>(service);
  own->signing_secret.clear();
  own->signing_secret_old.clear();
  if (own->auth_type == core::AuthType::kWsse) own->auth_type = core::AuthType::kNone;
  return own;
}

/// The same for documents of other servers, which must not learn its secrets.
std::shared_ptr<const core::Service> for_strangers(const core::Service& service) {
  auto stranger = std::make_shared<core::Service>(*for_documents(service));
  stranger->auth_type = core::AuthType::kNone;
  stranger->headers.clear();
  stranger->client_cert.clear();
  stranger->client_key.clear();
  return stranger;
}

std::string reason_of(const core::Reply& reply) {
  if (reply.failure != Failure::kNone) return reply.error;
  const int status = reply.http_status.value_or(0);
  if (status >= 300 && status <= 399) {
    return fmt::format("HTTP {}, a redirect that is not followed (follow_redirects)", status);
  }
  if (status < 200 || status > 299) return fmt::format("HTTP {}", status);
  return fmt::format("it is larger than {} MiB", kMostDocumentBytes >> 20U);
}

}  // namespace

WsdlLoader::WsdlLoader(Send send, CallId first_id, const Clock& clock)
    : send_(std::move(send)), clock_(clock), last_id_(first_id) {}

WsdlLoader::~WsdlLoader() {
  stopping_ = true;
}

void WsdlLoader::load(std::shared_ptr<const core::Service> service, Done done) {
  thread_.post([this, service = std::move(service), done = std::move(done)]() mutable {
    begin(*service, std::move(done));
  });
}

void WsdlLoader::on_reply(CallId id, core::Reply reply) {
  thread_.post([this, id, reply = std::move(reply)] {
    auto node = fetches_.extract(id);
    if (node.empty() || stopping_) return;
    take(node.mapped(), reply);
  });
}

void WsdlLoader::begin(const core::Service& service, Done done) {
  auto load = std::make_shared<Load>(service.base_url);
  load->service = for_documents(service);
  load->stranger = for_strangers(service);
  load->deadline = clock_.now().steady + kLongestLoad;
  load->done = std::move(done);
  go_on(load);
}

/// Fetches what is wanted; when nothing is left the description is complete.
void WsdlLoader::go_on(const std::shared_ptr<Load>& load) {
  for (std::string& url : load->documents.take_wanted())
    load->queue.push_back(std::move(url));
  while (!load->queue.empty() && load->under_way < kMostFetches && load->done) {
    const std::string url = std::move(load->queue.front());
    load->queue.pop_front();
    fetch(load, url);
  }
  if (load->under_way > 0 || !load->done) return;
  auto wsdl = Wsdl::build(load->documents);
  if (!wsdl) return end(*load, std::unexpected(LoadError{.text = wsdl.error().detail}));
  auto description = std::make_shared<Description>();
  description->wsdl = std::move(*wsdl);
  description->url = load->documents.url();
  std::string contents;
  for (const auto& [url, hash] : load->contents)
    contents += url + " " + to_hex(hash) + "\n";
  description->content = sha256(contents);
  end(*load, std::move(description));
}

void WsdlLoader::fetch(const std::shared_ptr<Load>& load, const std::string& url) {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(load->deadline - clock_.now().steady);
  if (left.count() <= 0 || stopping_) {
    return end(*load, std::unexpected(LoadError{.text = fmt::format("it is not complete after {} s",
                                                                    kLongestLoad.count())}));
  }
  core::Request request;
  request.service = same_origin(url, load->documents.url()) ? load->service : load->stranger;
  request.method = "GET";
  request.url = url;
  for (const auto& header : request.service->headers) {
    if (!equal_ignoring_case(header.first, "Content-Type") &&
        !equal_ignoring_case(header.first, "Accept")) {
      request.headers.push_back(header);
    }
  }
  request.headers.emplace_back("Accept", "text/xml, application/wsdl+xml, application/xml, */*");
  request.timeout = std::min<std::chrono::milliseconds>(left, kLongestFetch);
  request.keep_response = kMostDocumentBytes;
  const CallId id = ++last_id_;
  fetches_.emplace(id, Fetch{load, url});
  ++load->under_way;
  send_(id, std::move(request));
}

void WsdlLoader::take(const Fetch& fetch, const core::Reply& reply) {
  Load& load = *fetch.load;
  --load.under_way;
  if (!load.done) return;
  const bool main = fetch.url == load.documents.url();
  const auto refuse = [&](Failure failure, std::string_view reason) {
    const std::string where = without_secrets(fetch.url);
    end(load, std::unexpected(
                  LoadError{failure, main ? std::string{reason}
                                          : fmt::format("its import {}: {}", where, reason)}));
  };
  const int status = reply.http_status.value_or(0);
  if (reply.failure != Failure::kNone) return refuse(reply.failure, reason_of(reply));
  if (status < 200 || status > 299 || reply.truncated) {
    return refuse(Failure::kDescription, reason_of(reply));
  }
  load.contents[fetch.url] = sha256(reply.body);
  if (const auto added = load.documents.add(fetch.url, reply.body); !added) {
    return refuse(Failure::kDescription, added.error().detail);
  }
  go_on(fetch.load);
}

void WsdlLoader::end(Load& load, Loaded result) {
  if (!load.done) return;
  if (!result) {
    result.error().text = fmt::format("the WSDL {} cannot be loaded: {}",
                                      without_secrets(load.documents.url()), result.error().text);
  }
  std::exchange(load.done, nullptr)(std::move(result));
}

}  // namespace mih::transport::soap
