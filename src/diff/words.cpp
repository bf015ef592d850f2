#include "diff/words.h"

#include <algorithm>

namespace pellucid {
namespace {

// One model's words, taken one after another.
struct Walk {
  std::span<const ByteRange> ranges;
  std::span<const double> scores;
  std::size_t at = 0;

  bool done() const { return at == ranges.size(); }
  const ByteRange& word() const { return ranges[at]; }

  // Takes the words that begin before `end`, which grows with them.
  bool take(std::size_t& end, double& sum) {
    const std::size_t before = at;
    for (; !done() && word().begin < end; ++at) {
      end = std::max(end, word().end);
      sum += scores[at];
    }
    return at > before;
  }
};

}  // namespace

SharedWords shared_words(std::span<const ByteRange> ranges_a, std::span<const double> scores_a,
                         std::span<const ByteRange> ranges_b, std::span<const double> scores_b) {
  SharedWords shared;
  Walk a{.ranges = ranges_a, .scores = scores_a};
  Walk b{.ranges = ranges_b, .scores = scores_b};
  while (!a.done() && !b.done()) {
    if (a.word().end <= b.word().begin) {
      ++a.at;
      continue;
    }
    if (b.word().end <= a.word().begin) {
      ++b.at;
      continue;
    }
    const std::size_t begin = std::min(a.word().begin, b.word().begin);
    std::size_t end = std::max(a.word().end, b.word().end);
    double sum_a = 0;
    double sum_b = 0;
    for (bool grew = true; grew;) {
      const bool more_of_a = a.take(end, sum_a);
      const bool more_of_b = b.take(end, sum_b);
      grew = more_of_a || more_of_b;
    }
    shared.ranges.push_back({begin, end});
    shared.a.push_back(sum_a);
    shared.b.push_back(sum_b);
  }
  return shared;
}

}  // namespace pellucid
