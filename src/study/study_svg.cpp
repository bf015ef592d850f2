// A study as one picture, a row of charts a group.
#include "report/numbers.h"
#include "study/charts.h"
#include "study/study.h"

namespace pellucid::study {

std::string to_svg(const Study& study) {
  std::vector<std::vector<Chart>> rows;
  for (const std::string& group : study.groups) rows.push_back(charts_of(study, group));
  return charts_svg(std::string(study.kind->title) + ": " + counted(study.test_texts, "test text", "test texts") +
                        ", " + counted(study.seeds.size(), "seed", "seeds"),
                    rows, notes_on_charts(study));
}

}  // namespace pellucid::study
