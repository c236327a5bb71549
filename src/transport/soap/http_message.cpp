#include "transport/soap/http_message.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "base/header.hpp"
#include "transport/soap/response_reader.hpp"
#include "transport/soap/url.hpp"

namespace mih::transport::soap {
namespace {

using core::Failure;

/// Answers are read to their end to become JSON; what is larger counts by its status alone.
constexpr std::size_t kMostAnswerBytes = std::size_t{8} << 20U;

bool is_success(const core::Reply& reply) {
  return reply.http_status && *reply.http_status >= 200 && *reply.http_status <= 299;
}

void set_header(core::Headers& headers, std::string_view name, std::string value) {
  std::erase_if(headers,
                [&](const auto& header) { return equal_ignoring_case(header.first, name); });
  headers.emplace_back(name, std::move(value));
}

bool has_header(const core::Headers& headers, std::string_view name) {
  return std::ranges::any_of(
      headers, [&](const auto& header) { return equal_ignoring_case(header.first, name); });
}

/// Cuts between two characters.
void cut(std::string& text, std::size_t size) {
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80)
    --size;
  text.resize(size);
}

/// The first part of a multipart answer (attachments, MTOM), which is the envelope; the whole when
/// it is none.
std::string_view envelope_in(std::string_view answer) {
  const std::size_t begin = answer.find_first_not_of("\r\n");
  if (begin == std::string_view::npos || !answer.substr(begin).starts_with("--")) return answer;
  answer.remove_prefix(begin);
  const std::size_t line = std::min(answer.find('\n'), answer.size());
  const std::string boundary = "\n" + std::string{trimmed(answer.substr(0, line))};
  constexpr std::string_view kHeadEnd = "\r\n\r\n";
  const std::size_t head = answer.find(kHeadEnd, line - std::min<std::size_t>(line, 1));
  if (head == std::string_view::npos) return answer;
  const std::string_view part = answer.substr(head + kHeadEnd.size());
  return part.substr(0, part.find(boundary));
}

core::Reply with_body(core::Reply reply, std::string body, std::size_t keep) {
  reply.body = std::move(body);
  if (reply.body.size() > keep) {
    cut(reply.body, keep);
    reply.truncated = true;
  }
  return reply;
}

core::Reply unreadable(core::Reply answer, std::string_view why, std::size_t keep) {
  std::string body = std::move(answer.body);
  if (is_success(answer)) {
    answer.failure = Failure::kOther;
    answer.error = fmt::format("HTTP {} without a SOAP answer: {}", *answer.http_status, why);
  }
  return with_body(std::move(answer), std::move(body), keep);
}

}  // namespace

Result<core::Request> to_http(const core::Request& call, const Description& description,
                              const Operation& operation, std::string envelope) {
  const auto address = address_of(description.url, operation.address);
  if (!address) {
    return fail(ErrorCode::kValidationFailed,
                fmt::format("the WSDL has no http address for {}: \"{}\"", operation.name,
                            operation.address));
  }
  if (!is_header_value(operation.action) || operation.action.contains('"')) {
    return fail(ErrorCode::kValidationFailed,
                fmt::format("the soapAction of {} in the WSDL cannot be sent", operation.name));
  }
  core::Request request = call;
  request.method = "POST";
  request.url = *address;
  request.body = std::move(envelope);
  request.soap_headers.clear();
  request.keep_response = kMostAnswerBytes;
  if (request.service->auth_type == core::AuthType::kWsse) {
    auto without = std::make_shared<core::Service>(*request.service);
    without->auth_type = core::AuthType::kNone;  // it is in the envelope
    request.service = std::move(without);
  }
  if (operation.version == SoapVersion::k12) {
    const std::string action =
        operation.action.empty() ? "" : "; action=\"" + operation.action + "\"";
    set_header(request.headers, "Content-Type", "application/soap+xml; charset=utf-8" + action);
    set_header(request.headers, "Accept", "application/soap+xml, text/xml");
  } else {
    set_header(request.headers, "Content-Type", "text/xml; charset=utf-8");
    set_header(request.headers, "Accept", "text/xml");
    if (!has_header(request.headers, "SOAPAction")) {
      set_header(request.headers, "SOAPAction", '"' + operation.action + '"');
    }
  }
  return request;
}

core::Reply from_http(const Description& description, const Operation& operation,
                      core::Reply answer, std::size_t keep) {
  if (answer.failure != Failure::kNone) return answer;
  const bool empty = trimmed(answer.body).empty();
  if (empty && is_success(answer)) {
    const bool expected = !operation.is_one_way && operation.output.element;
    if (!expected || answer.http_status != 200) return with_body(std::move(answer), "{}", keep);
  }
  if (answer.truncated) {
    std::string body = std::move(answer.body);
    return with_body(std::move(answer), std::move(body), keep);
  }
  auto response = read_response(*description.wsdl, operation, envelope_in(answer.body));
  if (!response) return unreadable(std::move(answer), response.error().detail, keep);
  if (response->fault) {
    answer.failure = response->fault->is_sender ? Failure::kSenderFault : Failure::kReceiverFault;
    answer.error = describe(*response->fault);
  }
  return with_body(std::move(answer), std::move(response->json), keep);
}

bool casts_doubt(const core::Reply& reply) {
  switch (reply.failure) {
    case Failure::kRefused:
    case Failure::kDns:
    case Failure::kSenderFault:
      return true;
    case Failure::kNone: {
      constexpr std::array kGone{301, 302, 307, 308, 400, 404, 405, 410, 415};
      return std::ranges::find(kGone, reply.http_status.value_or(0)) != kGone.end();
    }
    case Failure::kOther:
      return reply.http_status.has_value();
    default:
      return false;
  }
}

}  // namespace mih::transport::soap
