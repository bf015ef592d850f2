// Labels that may be wrong, by what the model makes of the text: confident learning (Northcutt, Jiang & Chuang 2021).
// A model that was trained on these texts has seen the labels, and finds too few.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "audit/texts.h"

namespace pellucid {

struct LabelSuspect {
  std::size_t text = 0;        // of the audit
  std::int32_t suggested = 0;  // of the classes that pass their threshold the most probable
  double given_probability = 0;
  double suggested_probability = 0;
  double margin = 0;  // p(given) − the largest other probability: below 0, the lower the more suspect
  std::vector<double> scores =
      {};  // [u] contributions to z_given − z_suggested: below 0 against the label; shown texts alone
};

struct LabelErrors {
  std::size_t labelled = 0;
  std::vector<std::optional<double>> thresholds;  // [C] mean p_c over texts labelled c; none where there are none
  std::size_t suspected = 0;
  std::vector<LabelSuspect> suspects;  // lowest margin first, as many as are shown
};

// A label i is suspected where another class j passes its threshold (p_j >= mean p_j over texts labelled j), and the
// most probable of the classes that pass is not i. Nothing where no text has a label.
Result<std::optional<LabelErrors>> find_label_errors(Classifier& classifier, const AuditedTexts& audited,
                                                     const Method& method, const MethodOptions& options,
                                                     std::size_t count);

}  // namespace pellucid
