#include "diff/models.h"

#include "error/listed.h"

namespace pellucid {
namespace {

// "; NAME lacks 'x', 'y'", of the labels that the other has; empty where it has them all.
std::string lacking(const LabelSet& labels, const LabelSet& others, const std::string& name) {
  std::vector<std::string> missing;
  for (const std::string& label : others.names()) {
    if (!labels.index(label)) missing.push_back("'" + label + "'");
  }
  return missing.empty() ? std::string() : "; " + name + " lacks " + listed(missing);
}

}  // namespace

Result<ComparedModels> match_labels(Classifier& a, const std::string& name_of_a, Classifier& b,
                                    const std::string& name_of_b) {
  const std::string missing = lacking(a.labels(), b.labels(), name_of_a) + lacking(b.labels(), a.labels(), name_of_b);
  if (!missing.empty()) {
    return fail(ErrorCode::usage, "expected two models with the same labels, found others" + missing);
  }
  ComparedModels models{.a = {.classifier = &a}, .b = {.classifier = &b}};
  for (std::size_t c = 0; c < a.labels().size(); ++c) {
    models.a.own.push_back(static_cast<std::int32_t>(c));
    models.b.own.push_back(*b.labels().index(a.labels().name(c)));
  }
  return models;
}

}  // namespace pellucid
