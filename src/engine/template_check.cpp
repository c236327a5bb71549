#include "engine/template_check.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include "engine/escape.hpp"
#include "engine/json_states.hpp"

namespace mih::engine {
namespace {

constexpr std::size_t kMostStates = 256;

/// Runs a JSON parser over every way through a program.
class JsonProof {
 public:
  /// False: fault() says where it fails.
  bool run(Program& program, JsonStates& states) {
    for (Segment& segment : program) {
      offset_ = segment.offset;
      const bool fine = std::visit([&](auto& what) { return step(what, states); }, segment.what);
      if (!fine) return false;
    }
    return true;
  }
  bool finish(const JsonStates& states, std::size_t source_size) {
    offset_ = source_size;
    const auto end = states.finish();
    return end || fail(end.error());
  }

  const TemplateFault& fault() const { return fault_; }

 private:
  /// Which turn of the innermost {{#each}} is looked at.
  struct Turn {
    bool first = false;
    bool last = false;
  };

  bool fail(const JsonStates::Fault& fault) {
    fault_ = {offset_ + fault.offset, fault.message};
    return false;
  }

  bool step(const Literal& literal, JsonStates& states) {
    const auto read = states.text(literal.text);
    return read || fail(read.error());
  }

  bool step(Placeholder& placeholder, JsonStates& states) {
    const auto slot = states.placeholder();
    if (!slot) return fail(slot.error());
    const bool quoted = *slot == JsonStates::Slot::kText;
    const auto [known, first_time] = seen_.try_emplace(&placeholder, quoted);
    if (!first_time && known->second != quoted) {
      return fail({0, "the placeholder can stand inside quotes or outside them"});
    }
    placeholder.quoted = quoted;
    return true;
  }

  /// What the condition is in this turn; empty when it depends on the event.
  std::optional<bool> decided(const Expression& condition) const {
    if (!turn_ || !condition.filters.empty()) return std::nullopt;
    if (condition.path.root == Root::kFirst) return turn_->first;
    if (condition.path.root == Root::kLast) return turn_->last;
    return std::nullopt;
  }

  bool step(Branch& branch, JsonStates& states) {
    const auto at = offset_;
    if (const auto way = decided(branch.condition)) {
      return run(*way ? branch.then : branch.otherwise, states);
    }
    JsonStates otherwise = states;
    states.note(branch.condition.source + " holds");
    otherwise.note(branch.condition.source + " does not hold");
    if (!run(branch.then, states) || !run(branch.otherwise, otherwise)) return false;
    return join(states, otherwise, at);
  }

  bool step(Each& each, JsonStates& states) {
    constexpr int kMostTurns = 64;
    const auto at = offset_;
    const auto outer = turn_;
    JsonStates after = states;  // no item
    after.note(each.items.source + " has no item");
    JsonStates only = states;
    only.note(each.items.source + " has one item");
    JsonStates reached = states;
    reached.note(each.items.source + " has several items");
    bool fine = turn(each, only, {true, true}) && turn(each, reached, {true, false});
    for (int i = 0; fine && i < kMostTurns; ++i) {
      const auto before = reached.weight();
      JsonStates next = reached;
      fine = turn(each, next, {false, false}) && join(reached, next, at);
      if (fine && reached.weight() == before) break;
    }
    fine = fine && turn(each, reached, {false, true}) && join(after, only, at) &&
           join(after, reached, at);
    turn_ = outer;
    if (fine) states = std::move(after);
    return fine;
  }

  bool turn(Each& each, JsonStates& states, Turn turn) {
    turn_ = turn;
    return run(each.body, states);
  }

  bool join(JsonStates& states, const JsonStates& others, std::size_t block) {
    offset_ = block;
    if (!states.same_containers(others)) {
      return fail({0, "the ways through this block open or close different objects or arrays"});
    }
    states.join(others);
    if (states.size() <= kMostStates) return true;
    return fail({0, "there are too many different ways to get here: use fewer blocks"});
  }

  std::size_t offset_ = 0;
  std::optional<Turn> turn_;
  std::map<const Placeholder*, bool> seen_;
  TemplateFault fault_;
};

std::vector<TemplateFault> check_json(Program& program, std::size_t source_size) {
  JsonProof proof;
  JsonStates states;
  if (proof.run(program, states) && proof.finish(states, source_size)) return {};
  return {proof.fault()};
}

/// The path of a URL with every placeholder taken for one character.
std::string sample_path(const Program& program) {
  std::string url;
  for (const Segment& segment : program) {
    const auto* literal = std::get_if<Literal>(&segment.what);
    url += literal != nullptr ? literal->text : "x";
  }
  return url.substr(0, url.find_first_of("?#"));
}

/// Calls fn(Literal&, offset) for every literal.
template <class Fn>
void each_literal(Program& program, const Fn& fn) {
  for (Segment& segment : program) {
    if (auto* literal = std::get_if<Literal>(&segment.what)) {
      fn(*literal, segment.offset);
    } else if (auto* branch = std::get_if<Branch>(&segment.what)) {
      each_literal(branch->then, fn);
      each_literal(branch->otherwise, fn);
    } else if (auto* each = std::get_if<Each>(&segment.what)) {
      each_literal(each->body, fn);
    }
  }
}

std::vector<TemplateFault> check_url(Program& program) {
  each_literal(program,
               [](Literal& literal, std::size_t) { literal.text = url_literal(literal.text); });
  if (!has_dot_segment(sample_path(program))) return {};
  return {{0, "the path has a part '.' or '..': write the path that is meant"}};
}

std::vector<TemplateFault> check_header(Program& program) {
  std::vector<TemplateFault> faults;
  each_literal(program, [&](const Literal& literal, std::size_t offset) {
    const auto control = std::ranges::find_if(
        literal.text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
    if (control == literal.text.end() || !faults.empty()) return;
    faults.push_back({offset + static_cast<std::size_t>(control - literal.text.begin()),
                      "a header cannot hold a line break or another control character"});
  });
  return faults;
}

}  // namespace

std::vector<TemplateFault> check_template(Program& program, Shape shape, std::size_t source_size) {
  switch (shape) {
    case Shape::kJson:
      return check_json(program, source_size);
    case Shape::kUrl:
      return check_url(program);
    case Shape::kHeader:
      return check_header(program);
    case Shape::kText:
    case Shape::kForm:
    case Shape::kXml:
      break;
  }
  return {};
}

bool has_dot_segment(std::string_view path) {
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    if (is_dot_segment(path.substr(begin, end - begin))) return true;
    begin = end + 1;
  }
  return false;
}

}  // namespace mih::engine
