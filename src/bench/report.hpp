#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "bench/machine.hpp"

namespace mih::bench {

/// One measured quantity with its value in each run.
struct Figure {
  std::string name;
  std::string unit;
  int decimals = 0;
  std::string goal;  ///< for people; "" = only reported
  std::vector<double> values;

  double median() const;
};

/// The result of a benchmark in the form in which it is printed and kept.
class Report {
 public:
  std::string benchmark;  ///< "deliver"
  WallTime date{};
  std::string version;
  std::string commit;
  Machine machine;
  std::vector<std::pair<std::string, std::string>> load;         ///< what was measured
  std::vector<std::pair<std::string, std::string>> differences;  ///< from default settings
  std::vector<std::string> notes;                                ///< what a reader has to know

  /// Adds the value of one run to the figure of that name.
  void add(std::string_view name, std::string_view unit, int decimals, double value,
           std::string_view goal = {});
  const std::vector<Figure>& figures() const { return figures_; }

 private:
  std::vector<Figure> figures_;
};

std::string to_json(const Report& report);
std::string to_markdown(const Report& report);
/// "2026-03-01"
std::string date_text(WallTime date);

}  // namespace mih::bench
