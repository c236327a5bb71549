#include "engine/query.hpp"

#include "engine/escape.hpp"

namespace mih::engine {
namespace {

class PairWriter {
 public:
  PairWriter(std::string& out, PairStyle style) : out_(out), start_(out.size()), style_(style) {}

  void member(const std::string& name, const json::Value& value) {
    switch (value.kind()) {
      case json::Kind::kNull:
        return;
      case json::Kind::kTrue:
        return pair(name, "1");
      case json::Kind::kFalse:
        return pair(name, "0");
      case json::Kind::kNumber:
        return pair(name, value.raw());
      case json::Kind::kString:
        return pair(name, value.as_string());
      case json::Kind::kObject:
        value.each_member([&](const json::Value& key, const json::Value& inner) {
          member(name + "[" + key.as_string() + "]", inner);
        });
        return;
      case json::Kind::kArray: {
        std::size_t index = 0;
        value.each_element([&](const json::Value& inner) {
          member(name + "[" + std::to_string(index++) + "]", inner);
        });
        return;
      }
    }
  }

 private:
  void pair(const std::string& name, std::string_view value) {
    if (out_.size() > start_) out_.push_back('&');
    encode(name);
    out_.push_back('=');
    encode(value);
  }

  void encode(std::string_view text) {
    if (style_ == PairStyle::kForm) {
      append_form_encoded(out_, text);
    } else {
      append_url_encoded(out_, text);
    }
  }

  std::string& out_;
  std::size_t start_;
  PairStyle style_;
};

}  // namespace

void append_pairs(std::string& out, const json::Value& object, PairStyle style) {
  PairWriter writer{out, style};
  object.each_member([&](const json::Value& key, const json::Value& value) {
    writer.member(key.as_string(), value);
  });
}

}  // namespace mih::engine
