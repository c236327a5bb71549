#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "engine/filter.hpp"
#include "engine/path.hpp"
#include "oracle.hpp"

/// Input: a filter, a zero byte, an event (or, if there is none, a fixed one).
namespace {

using namespace mih;

constexpr std::string_view kFixedEvent =
    R"({"eventname":"\\a\\b","userid":5,"objectid":null,"courseid":"12","crud":"c",)"
    R"("other":{"a":["x",1e400,-0,{"id":7}],"idnumber":"007","grade":129.950},"id":"\ud800"})";

void check(std::string_view source, const json::Value& event) {
  const auto made = engine::Filter::compile(source);
  if (!made) {
    const auto& error = made.error();
    fuzz::require(error.code == ErrorCode::kFilterInvalid && !error.fields.empty() &&
                      error.fields[0].field == "filter" && !error.fields[0].message.empty(),
                  "a refusal names the field and a reason", source);
    return;
  }
  const bool matches = made->matches(event);
  fuzz::require(matches == !made->unmet(event), "what does not match says why", source);
  if (const auto& index = made->discriminator(); index && matches) {
    const auto key = engine::key_of(engine::value_at(event, index->path));
    fuzz::require(std::ranges::find(index->keys, key) != index->keys.end(),
                  "what matches is found by the index", source);
  }
  const auto negated = engine::Filter::compile("{\"$not\":" + std::string{source} + "}");
  if (negated) {
    fuzz::require(negated->matches(event) != matches, "$not is the opposite", source);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  json::Document document;
  const auto source =
      fuzz::source_and_event({reinterpret_cast<const char*>(data), size}, kFixedEvent, document);
  check(source, document.root());
  return 0;
}
