#include "audit/association.h"

#include <cmath>

#include "evaluate/quality_study.h"

namespace pellucid {

std::optional<Association> association(const AuditedTexts& audited, std::size_t word, std::int32_t label) {
  std::size_t counts[2][2] = {};  // [contains the word][has the label]
  for (const AuditedText& text : audited.texts) {
    if (!text.selects && text.gold) ++counts[contains(text, word) ? 1 : 0][*text.gold == label ? 1 : 0];
  }
  const std::size_t with = counts[1][0] + counts[1][1];
  const std::size_t all = with + counts[0][0] + counts[0][1];
  if (all == 0) return {};
  constexpr double kZ = 1.959963984540054;
  const auto number = [](std::size_t count) { return static_cast<double>(count); };
  const double own = number(counts[1][1]) + 0.5;
  const double own_all = number(counts[0][1] + counts[1][1]) + 1;
  const double others = number(counts[1][0]) + 0.5;
  const double others_all = number(counts[0][0] + counts[1][0]) + 1;
  const double weight = std::log(own / own_all / (others / others_all));
  const double reach = kZ * std::sqrt(1 / own - 1 / own_all + 1 / others - 1 / others_all);
  return Association{.texts = with,
                     .labelled = counts[1][1],
                     .share = with == 0 ? 0 : number(counts[1][1]) / number(with),
                     .share_interval = wilson_interval(counts[1][1], with),
                     .base = number(counts[0][1] + counts[1][1]) / number(all),
                     .p_value = fisher_exact(counts[1][1], counts[1][0], counts[0][1], counts[0][0]),
                     .weight = weight,
                     .weight_interval = {weight - reach, weight + reach}};
}

}  // namespace pellucid
