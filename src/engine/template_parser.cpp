#include "engine/template_parser.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/decimal.hpp"
#include "engine/path.hpp"
#include "engine/template_filters.hpp"
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

/// Reads `| name("argument") | name` behind a path.
class FilterReader {
 public:
  FilterReader(std::string_view text, std::size_t at) : text_(text), at_(at) {}

  /// False: message() says what is wrong at().
  bool read(std::vector<FilterCall>& calls) {
    constexpr std::size_t kMostFilters = 20;
    while (true) {
      skip_spaces();
      if (at_ == text_.size()) return true;
      if (!take('|')) return wrong("'|' is expected between filters");
      skip_spaces();
      const auto begin = at_;
      while (at_ < text_.size() && is_name_character(text_[at_]))
        ++at_;
      const auto name = text_.substr(begin, at_ - begin);
      FilterCall call;
      call.filter = find_template_filter(name);
      if (call.filter == nullptr) {
        at_ = begin;
        return wrong(name.empty() ? "the name of a filter is missing"
                                  : unknown_filter_message(name));
      }
      if (!arguments(call.arguments)) return false;
      if (auto fault = check_arguments(*call.filter, call.arguments)) {
        at_ = begin;
        return wrong(std::move(*fault));
      }
      if (calls.size() == kMostFilters) return wrong("more than 20 filters");
      calls.push_back(std::move(call));
    }
  }

  std::size_t at() const { return at_; }
  const std::string& message() const { return message_; }

 private:
  bool wrong(std::string message) {
    message_ = std::move(message);
    return false;
  }
  void skip_spaces() {
    while (at_ < text_.size() && kSpaces.find(text_[at_]) != std::string_view::npos)
      ++at_;
  }
  bool take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool arguments(std::vector<FilterArgument>& out) {
    skip_spaces();
    if (!take('(')) return true;
    while (true) {
      skip_spaces();
      auto argument = this->argument();
      if (!argument) return wrong("a text in quotes or a number is expected here");
      out.push_back(std::move(*argument));
      skip_spaces();
      if (take(')')) return true;
      if (!take(',')) return wrong("',' or ')' is expected here");
    }
  }

  std::optional<FilterArgument> argument() {
    if (at_ < text_.size() && text_[at_] == '"') return quoted();
    const auto end = std::min(text_.find_first_of(",) \t\r\n", at_), text_.size());
    const auto word = text_.substr(at_, end - at_);
    std::int64_t number = 0;
    const auto read = std::from_chars(word.data(), word.data() + word.size(), number);
    const bool whole = read.ec == std::errc{} && read.ptr == word.data() + word.size();
    const bool json = word == "true" || word == "false" || Decimal::parse(word);
    if (!whole && !json) return std::nullopt;
    at_ = end;
    if (whole && Decimal::parse(word)) return number;
    return OwnJson{std::string{word}};
  }

  /// `"`, `\"` and `\\` are the only escapes.
  std::optional<FilterArgument> quoted() {
    std::string out;
    for (auto i = at_ + 1; i < text_.size(); ++i) {
      if (text_[i] == '"') {
        at_ = i + 1;
        return out;
      }
      if (text_[i] == '\\' && i + 1 < text_.size()) ++i;
      out.push_back(text_[i]);
    }
    return std::nullopt;
  }

  std::string_view text_;
  std::size_t at_;
  std::string message_;
};

class Reader {
 public:
  explicit Reader(std::string_view source) : source_(source) {}

  ParsedTemplate read() {
    while (at_ < source_.size()) {
      const std::size_t open = std::min(source_.find(kOpen, at_), source_.size());
      if (open > at_) literal(open);
      if (open == source_.size()) break;
      const std::size_t close = find_close(open + kOpen.size());
      if (close == std::string_view::npos) {
        fail(open, "this placeholder is not closed: '}}' is missing");
        return std::move(parsed_);
      }
      tag(open, close);
      at_ = close + kClose.size();
    }
    for (const Block& block : blocks_)
      fail(block.offset,
           "this {{#" + block.kind + "}} is not closed: {{/" + block.kind + "}} is missing");
    return std::move(parsed_);
  }

 private:
  /// A block that is open.
  struct Block {
    std::string kind;
    std::size_t offset = 0;
    Expression expression;
    Program body;       ///< before {{else}}
    Program otherwise;  ///< behind it
    bool in_else = false;
  };

  void fail(std::size_t offset, std::string message) {
    constexpr std::size_t kMostFaults = 20;
    if (parsed_.faults.size() < kMostFaults) {
      parsed_.faults.push_back({offset, std::move(message)});
    }
  }

  /// The end of a placeholder. Quotes may hold braces, but count behind a '|' only: a forgotten
  /// '}}' is not to swallow the rest of the template.
  std::size_t find_close(std::size_t at) const {
    bool filters = false;
    bool quoted = false;
    for (; at < source_.size(); ++at) {
      const char c = source_[at];
      filters = filters || c == '|';
      if (quoted && c == '\\') {
        ++at;
      } else if (filters && c == '"') {
        quoted = !quoted;
      } else if (!quoted && source_.substr(at).starts_with(kClose)) {
        return at;
      }
    }
    return std::string_view::npos;
  }

  Program& program() {
    if (blocks_.empty()) return parsed_.program;
    Block& block = blocks_.back();
    return block.in_else ? block.otherwise : block.body;
  }

  void literal(std::size_t end) {
    program().push_back({at_, Literal{std::string{source_.substr(at_, end - at_)}}});
    at_ = end;
  }

  void tag(std::size_t open, std::size_t close) {
    const std::string_view inside = source_.substr(open + 2, close - open - 2);
    const std::string_view content = trim(inside);
    const std::size_t offset = open + 2 + (content.empty() ? 0 : inside.find(content));
    if (content.empty()) return fail(open, "the placeholder is empty: name a field, {{userid}}");
    if (content.front() == '{') {
      return fail(open, "a placeholder has two braces on each side: {{userid}}");
    }
    if (content.front() == '#') return open_block(content.substr(1), offset + 1, open);
    if (content.front() == '/') return close_block(trim(content.substr(1)), open);
    if (content == "else") return begin_else(open);
    if (content.front() == '^' || content.front() == '!' || content.front() == '>') {
      return fail(open, "blocks are {{#if}}, {{#unless}} and {{#each}}");
    }
    Placeholder made;
    made.expression.source = source_.substr(open, close + 2 - open);
    if (expression(content, offset, made.expression)) program().push_back({open, std::move(made)});
  }

  void open_block(std::string_view content, std::size_t offset, std::size_t open) {
    constexpr std::array<std::string_view, 3> kKinds{"if", "unless", "each"};
    constexpr std::size_t kMaxBlocks = 32;
    constexpr std::ptrdiff_t kMaxLoops = 4;
    const auto end = std::min(content.find_first_of(kSpaces), content.size());
    const auto kind = content.substr(0, end);
    const bool known = std::ranges::find(kKinds, kind) != kKinds.end();
    if (!known) fail(open, "blocks are {{#if}}, {{#unless}} and {{#each}}");
    const auto loops = std::ranges::count(blocks_, "each", &Block::kind);
    if (blocks_.size() >= kMaxBlocks || (kind == "each" && loops >= kMaxLoops)) {
      fail(open, "blocks are nested too deeply: at most 32, of them 4 {{#each}}");
    }
    Block block{
        .kind = std::string{kind}, .offset = open, .expression = {}, .body = {}, .otherwise = {}};
    const auto rest = content.substr(end);
    const auto path = trim(rest);
    if (known && path.empty()) {
      fail(open, "the block needs a field: {{#" + block.kind + " other.name}}");
    } else if (known) {
      block.expression.source = "{{#" + std::string{content} + "}}";
      expression(path, offset + end + rest.find(path), block.expression);
    }
    blocks_.push_back(std::move(block));
  }

  void begin_else(std::size_t open) {
    if (blocks_.empty() || blocks_.back().kind == "each" || blocks_.back().in_else) {
      return fail(open, "{{else}} stands once inside {{#if}} or {{#unless}}");
    }
    blocks_.back().in_else = true;
  }

  void close_block(std::string_view kind, std::size_t open) {
    if (blocks_.empty() || blocks_.back().kind != kind) {
      const auto expected = blocks_.empty() ? "no block is open"
                                            : "{{/" + blocks_.back().kind + "}} is expected here";
      return fail(open, "{{/" + std::string{kind} + "}} closes no block: " + expected);
    }
    Block block = std::move(blocks_.back());
    blocks_.pop_back();
    Segment made{block.offset, Literal{}};
    if (kind == "each") {
      made.what = Each{std::move(block.expression), std::move(block.body)};
    } else {
      const bool unless = kind == "unless";
      made.what = Branch{.condition = std::move(block.expression),
                         .unless = unless,
                         .then = std::move(unless ? block.otherwise : block.body),
                         .otherwise = std::move(unless ? block.body : block.otherwise)};
    }
    program().push_back(std::move(made));
  }

  bool expression(std::string_view content, std::size_t offset, Expression& made) {
    const auto bar = std::min(content.find('|'), content.size());
    const auto path = trim(content.substr(0, bar));
    std::vector<std::string_view> names;
    if (path.empty()) {
      fail(offset, "a field is missing before '|'");
      return false;
    }
    if (!split(path, offset, names) || !resolve_root(names, offset, made.path)) return false;
    FilterReader filters{content, bar};
    if (!filters.read(made.filters)) {
      fail(offset + filters.at(), filters.message());
      return false;
    }
    return true;
  }

  /// `this` and its like.
  bool resolve_item(const std::vector<std::string_view>& names, std::size_t offset, Path& path) {
    constexpr std::array<std::pair<std::string_view, Root>, 5> kItem{{{"this", Root::kThis},
                                                                      {"@index", Root::kIndex},
                                                                      {"@first", Root::kFirst},
                                                                      {"@last", Root::kLast},
                                                                      {"@key", Root::kKey}}};
    const std::string name{names.front()};
    const auto* found =
        std::ranges::find(kItem, names.front(), [](const auto& entry) { return entry.first; });
    if (found == kItem.end()) {
      fail(offset, "unknown name '" + name + "': there are @index, @first, @last and @key");
      return false;
    }
    const bool in_each =
        std::ranges::any_of(blocks_, [](const Block& block) { return block.kind == "each"; });
    if (!in_each) {
      fail(offset, "'" + name + "' is known inside {{#each}} only");
      return false;
    }
    path.root = found->second;
    if (path.root != Root::kThis && names.size() > 1) {
      fail(offset, "'" + name + "' has no fields");
      return false;
    }
    for (std::size_t i = 1; i < names.size(); ++i)
      path.steps.push_back({std::string{names[i]}, as_index(names[i])});
    return true;
  }

  bool split(std::string_view content, std::size_t offset, std::vector<std::string_view>& names) {
    for (std::size_t i = 0; i < content.size(); ++i) {
      if (content[i] == '.' || is_name_character(content[i])) continue;
      if (i == 0 && content[i] == '@') continue;
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
    if (names.front() == "this" || names.front().starts_with('@')) {
      return resolve_item(names, offset, path);
    }
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
  std::vector<Block> blocks_;
  ParsedTemplate parsed_;
};

}  // namespace

ParsedTemplate parse_template(std::string_view source) {
  return Reader{source}.read();
}

}  // namespace mih::engine
