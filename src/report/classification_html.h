// How a classifier labels texts, on a page: a card with the figures of each class, a card with the confusion matrix.
#pragma once

#include <string>
#include <vector>

#include "evaluate/metrics.h"
#include "report/markup.h"

namespace pellucid {

// `id` is unique in the page.
void write_classes(Markup& page, const ClassificationMetrics& metrics, const std::vector<std::string>& labels,
                   const std::string& title, const std::string& id);
void write_confusion(Markup& page, const ClassificationMetrics& metrics, const std::vector<std::string>& labels,
                     const std::string& title, const std::string& id);
// Texts by one label and another, [rows][columns]; the diagonal stands out.
void write_counts(Markup& page, const std::vector<std::vector<std::size_t>>& counts,
                  const std::vector<std::string>& labels, const std::string& id, const std::string& caption);

}  // namespace pellucid
