// Partition SHAP: Owen values (Owen 1977) of the game of kernel_shap.cpp on a balanced binary tree of the units,
// by the recursion of the shap package's PartitionExplainer. A group's credit f(with it) − f(without it)
// is measured in contexts where the other groups of each level are there or not, half each, and handed on
// to its two halves; the context and group that carry most are expanded first. What is not expanded
// when the evaluations run out is shared equally among the group's units, so the scores sum to
// f(x) − f(∅) in any case. With n² evaluations or so everything is expanded, and the values are exact.
#include <algorithm>
#include <cmath>
#include <queue>

#include "attribution/methods/methods.h"
#include "attribution/passes.h"

namespace pellucid {
namespace {

constexpr std::size_t kTogether = 16;  // groups expanded in one packed prediction

using Logits = std::vector<float>;  // [C]

// Units [begin, end) in one context.
struct Group {
  std::size_t begin, end;
  std::vector<bool> context;  // which units are there beside the group
  Logits without, with;       // of the context alone, and with the group
  double weight;
  double priority;     // the largest change of a logit, weighted
  std::size_t number;  // the earlier first among equals
};

struct Less {
  bool operator()(const Group& a, const Group& b) const {
    return a.priority != b.priority ? a.priority < b.priority : a.number > b.number;
  }
};

class Partition {
 public:
  Partition(Classifier& classifier, const Text& text, const MethodOptions& options, std::span<const float> full)
      : classifier_(classifier), text_(text), options_(options), classes_(full.size()) {
    const std::size_t n = text.units->ranges.size();
    found_ = {std::vector<double>(n * classes_), {full.begin(), full.end()}, 0};
    if (n == 0) return;
    const std::vector<std::vector<bool>> nothing(1, std::vector<bool>(n));
    const Logits empty = evaluate(nothing);
    found_.bias.assign(empty.begin(), empty.end());
    add(0, n, nothing.front(), empty, {full.begin(), full.end()}, 1);
  }

  // Expands groups until none is left or `evaluations` were made.
  ClassScores run(double evaluations) {
    while (!groups_.empty() && found_.passes < evaluations) expand(evaluations);
    while (!groups_.empty()) credit(take());
    return std::move(found_);
  }

 private:
  Logits evaluate(std::span<const std::vector<bool>> kept) {
    found_.passes += static_cast<double>(kept.size());
    return predict_without(classifier_, text_, kept, options_);
  }

  void add(std::size_t begin, std::size_t end, std::vector<bool> context, Logits without, Logits with, double weight) {
    double largest = 0;
    for (std::size_t c = 0; c < classes_; ++c) largest = std::max<double>(largest, std::abs(with[c] - without[c]));
    Group group{begin, end, std::move(context), std::move(without), std::move(with), weight, largest * weight, made_++};
    if (end - begin == 1) {
      credit(group);
    } else {
      groups_.push(std::move(group));
    }
  }

  Group take() {
    Group group = groups_.top();
    groups_.pop();
    return group;
  }

  void credit(const Group& group) {
    const double share = group.weight / static_cast<double>(group.end - group.begin);
    for (std::size_t u = group.begin; u < group.end; ++u) {
      for (std::size_t c = 0; c < classes_; ++c) {
        found_.scores[u * classes_ + c] += share * (static_cast<double>(group.with[c]) - group.without[c]);
      }
    }
  }

  // The most promising groups: each of two halves is measured with the other half there and not there.
  void expand(double evaluations) {
    std::vector<Group> taken;
    std::vector<std::vector<bool>> kept;
    while (!groups_.empty() && taken.size() < kTogether &&
           found_.passes + static_cast<double>(kept.size()) < evaluations) {
      const Group& group = taken.emplace_back(take());
      const std::size_t middle = middle_of(group);
      for (const auto& [begin, end] : {std::pair(group.begin, middle), std::pair(middle, group.end)}) {
        std::vector<bool>& members = kept.emplace_back(group.context);
        std::fill(members.begin() + begin, members.begin() + end, true);
      }
    }
    const Logits logits = evaluate(kept);
    for (std::size_t g = 0; g < taken.size(); ++g) {
      const auto logits_of = [&](std::size_t k) {
        return Logits(logits.begin() + k * classes_, logits.begin() + (k + 1) * classes_);
      };
      const Group& group = taken[g];
      const std::size_t middle = middle_of(group);
      const Logits left = logits_of(2 * g);
      const Logits right = logits_of(2 * g + 1);
      const double half = group.weight / 2;
      add(group.begin, middle, group.context, group.without, left, half);
      add(middle, group.end, group.context, group.without, right, half);
      add(group.begin, middle, kept[2 * g + 1], right, group.with, half);
      add(middle, group.end, kept[2 * g], left, group.with, half);
    }
  }

  static std::size_t middle_of(const Group& group) { return group.begin + (group.end - group.begin + 1) / 2; }

  Classifier& classifier_;
  const Text& text_;
  const MethodOptions& options_;
  std::size_t classes_;
  ClassScores found_;
  std::priority_queue<Group, std::vector<Group>, Less> groups_;
  std::size_t made_ = 0;
};

}  // namespace

Result<std::vector<Attribution>> partition_shap(Classifier& classifier, std::span<const Input> inputs,
                                                const MethodOptions& options) {
  const auto evaluations = static_cast<double>(options.samples == 0 ? kEvaluations : options.samples);
  return explain_all_classes(classifier, inputs, options, [&](const Text& text, std::span<const float> full) {
    return Partition(classifier, text, options, full).run(evaluations);
  });
}

}  // namespace pellucid
