// A recorded decision made again, and compared with what was recorded.
#pragma once

#include <string>
#include <vector>

#include "error/error.h"
#include "record/decision.h"

namespace pellucid {

// On another build or another kind of processor sums are rounded otherwise, the more the larger what is summed:
// |a − b| ≤ 1e-6 · max(1, largest |logit|, Σ |score|).
inline constexpr double kReplayTolerance = 1e-6;

struct Replay {
  bool same_build = false;
  bool repeated = false;                      // to the last bit on the same build, within the tolerance elsewhere
  double largest_difference = 0;              // of a logit, score, bias or residual
  std::vector<std::string> differences = {};  // what is not as it was: files of the model, build, label, …
};

// `classifier` is of the decision's precision and max_length, `model` and `build` are what it is now. `text` stands in
// for one that the log does not hold.
Result<Replay> replay(const Decision& decision, Classifier& classifier, const ModelIdentity& model, const Build& build,
                      const std::optional<std::string>& text);

}  // namespace pellucid
