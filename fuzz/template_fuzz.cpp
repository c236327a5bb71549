#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "engine/escape.hpp"
#include "engine/template.hpp"
#include "oracle.hpp"

/// Input: a template, a zero byte, an event (or, if there is none, a fixed one).
namespace {

using namespace mih;
using engine::Shape;

constexpr std::string_view kFixedEvent =
    R"({"eventname":"\\a\\b","userid":5,"objectid":null,"courseid":"\ud800",)"
    R"("other":{"a":["x\"\\\n",1e400,-0],"b":"..","c":"a\r\nb/?#"},"id":""})";

bool has_control(std::string_view text) {
  return std::ranges::any_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

void check_url(std::string_view url, std::string_view source) {
  const bool plain = std::ranges::all_of(url, [](char c) { return c > 0x20 && c < 0x7F; });
  fuzz::require(plain, "a URL is visible ASCII", url);
  std::string_view path = url.substr(0, url.find_first_of("?#"));
  while (true) {
    const std::size_t slash = path.find('/');
    fuzz::require(!engine::is_dot_segment(path.substr(0, slash)), "a path stays in place", source);
    if (slash == std::string_view::npos) return;
    path.remove_prefix(slash + 1);
  }
}

void check(std::string_view source, Shape shape, const engine::Scope& scope) {
  const auto made = engine::Template::compile(source, shape, "payload_template");
  if (!made) {
    const auto& error = made.error();
    fuzz::require(error.code == ErrorCode::kTemplateInvalid && !error.fields.empty() &&
                      error.fields[0].line >= 1 && error.fields[0].column >= 1,
                  "a fault has its place", source);
    return;
  }
  std::string out;
  if (!made->render(scope, out)) {
    const bool loops = source.find("#each") != std::string_view::npos;
    fuzz::require(shape == Shape::kUrl || loops || out.size() > 4'000'000,
                  "only a URL, size or loops fail", source);
    return;
  }
  if (shape == Shape::kJson) fuzz::require_json(out, "a saved template renders JSON");
  if (shape == Shape::kHeader) fuzz::require(!has_control(out), "a header is one line", source);
  if (shape == Shape::kUrl) check_url(out, source);
  if (json::is_utf8(source)) fuzz::require(json::is_utf8(out), "the text is UTF-8", source);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  json::Document document;
  const auto source =
      fuzz::source_and_event({reinterpret_cast<const char*>(data), size}, kFixedEvent, document);
  const json::Value event = document.root();
  const engine::Scope scope{.event = &event,
                            .site_id = "default",
                            .site_name = "a \"site\"",
                            .rule_id = {7},
                            .rule_name = "r\n",
                            .service_name = "crm",
                            .delivery_id = "d_abc",
                            .secret = [](const std::string&) { return "key"; }};
  for (const Shape shape :
       {Shape::kJson, Shape::kText, Shape::kForm, Shape::kXml, Shape::kUrl, Shape::kHeader}) {
    check(source, shape, scope);
  }
  return 0;
}
