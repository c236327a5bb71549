#include "engine/template_parser.hpp"

#include <algorithm>

#include "engine/path.hpp"
#include "engine/template_roots.hpp"

namespace mih::engine {
namespace {

constexpr std::string_view kOpen = "{{";
constexpr std::string_view kClose = "}}";
constexpr std::string_view kSpaces = " \t\r\n";

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         static_cast<unsigned char>(c) >= 0x80 ||
         std::string_view{"_-:$"}.find(c) != std::string_view::npos;
}

std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kSpaces);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpaces) - begin + 1);
}

class Reader {
 public:
  explicit Reader(std::string_view source) : source_(source) {}

  ParsedTemplate read() {
    while (at_ < source_.size()) {
      const std::size_t open = std::min(source_.find(kOpen, at_), source_.size());
      if (open > at_) literal(open);
      if (open == source_.size()) break;
      const std::size_t close = source_.find(kClose, open + kOpen.size());
      if (close == std::string_view::npos) {
        fail(open, "this placeholder is not closed: '}}' is missing");
        break;
      }
      placeholder(open, close);
      at_ = close + kClose.size();
    }
    return std::move(parsed_);
  }

 private:
  void fail(std::size_t offset, std::string message) {
    constexpr std::size_t kMostFaults = 20;
    if (parsed_.faults.size() < kMostFaults) {
      parsed_.faults.push_back({offset, std::move(message)});
    }
  }

  void literal(std::size_t end) {
    parsed_.program.push_back({at_, Literal{std::string{source_.substr(at_, end - at_)}}});
    at_ = end;
  }

  void placeholder(std::size_t open, std::size_t close) {
    const std::string_view inside = source_.substr(open + 2, close - open - 2);
    const std::string_view content = trim(inside);
    if (content.empty()) return fail(open, "the placeholder is empty: name a field, {{userid}}");
    const std::size_t offset = open + 2 + inside.find(content);
    if (!is_supported(content, open)) return;
    std::vector<std::string_view> names;
    if (!split(content, offset, names)) return;
    Placeholder made{.path = {}, .source = std::string{source_.substr(open, close + 2 - open)}};
    if (resolve_root(names, offset, made.path)) parsed_.program.push_back({open, std::move(made)});
  }

  bool is_supported(std::string_view content, std::size_t open) {
    const char first = content.front();
    if (first == '#' || first == '/' || first == '^' || content == "else") {
      fail(open, "blocks such as {{" + std::string{content} +
                     "}} are not supported: a template consists of text and placeholders");
    } else if (content.find('|') != std::string_view::npos) {
      fail(open + 2 + source_.substr(open + 2).find('|'),
           "filters such as '| upper' are not supported: a placeholder is a path, {{other.grade}}");
    } else if (first == '{') {
      fail(open, "a placeholder has two braces on each side: {{userid}}");
    } else {
      return true;
    }
    return false;
  }

  bool split(std::string_view content, std::size_t offset, std::vector<std::string_view>& names) {
    for (std::size_t i = 0; i < content.size(); ++i) {
      if (content[i] == '.' || is_name_character(content[i])) continue;
      fail(offset + i,
           "a placeholder is a path of names and indexes with dots between them, for "
           "instance {{other.items.0.name}}");
      return false;
    }
    for (std::size_t begin = 0; begin <= content.size();) {
      const std::size_t end = std::min(content.find('.', begin), content.size());
      if (end == begin) {
        fail(offset + begin, "a name is missing in the path '" + std::string{content} + "'");
        return false;
      }
      names.push_back(content.substr(begin, end - begin));
      begin = end + 1;
    }
    return true;
  }

  bool resolve_root(const std::vector<std::string_view>& names, std::size_t offset, Path& path) {
    const RootName* root = find_root(names.front());
    if (root == nullptr) {
      fail(offset, unknown_root_message(names.front()));
      return false;
    }
    path.root = root->root;
    std::size_t used = 1;
    if (root->root == Root::kField) {
      path.name = root->name;
    } else if (root->root == Root::kEvent && names.size() > 1) {
      path.root = Root::kField;
      path.name = names[used++];
    } else if (!root->members.empty() && names.size() > 1) {
      const std::string_view member = names[used++];
      if (std::ranges::find(root->members, member) == root->members.end()) {
        fail(offset, unknown_member_message(*root, member));
        return false;
      }
      path.name = member;
    }
    if (path.root != Root::kField && used < names.size()) {
      fail(offset, "'" + std::string{names[used - 1]} + "' has no fields");
      return false;
    }
    for (; used < names.size(); ++used) {
      path.steps.push_back({std::string{names[used]}, as_index(names[used])});
    }
    return true;
  }

  static std::string unknown_member_message(const RootName& root, std::string_view member) {
    std::string all;
    for (const std::string_view known : root.members) {
      all += (all.empty() ? "" : ", ") + std::string{root.name} + "." + std::string{known};
    }
    return "'" + std::string{root.name} + "' has no field '" + std::string{member} +
           "', there is " + all;
  }

  std::string_view source_;
  std::size_t at_ = 0;
  ParsedTemplate parsed_;
};

}  // namespace

ParsedTemplate parse_template(std::string_view source) {
  return Reader{source}.read();
}

}  // namespace mih::engine
