// Two releases of a classifier whose evidence is known (audit/bag.h), and texts for them.
#pragma once

#include <string>
#include <vector>

#include "audit/bag.h"
#include "diff/diff.h"

namespace pellucid {

// The same labels in another order.
class Reordered : public Bag {
 public:
  using Bag::Bag;
  const LabelSet& labels() const override {
    static const LabelSet labels({"match", "film", "market"});
    return labels;
  }
  std::vector<float> logits(const PackedBatch& batch) override {
    const std::vector<float> z = Bag::logits(batch);
    std::vector<float> own;
    for (std::size_t b = 0; b < batch.texts(); ++b) own.insert(own.end(), {z[b * 3 + 2], z[b * 3], z[b * 3 + 1]});
    return own;
  }
};

// Labels that are not all the same.
class Relabelled : public Bag {
 public:
  using Bag::Bag;
  const LabelSet& labels() const override {
    static const LabelSet labels({"film", "bank", "match"});
    return labels;
  }
};

inline DiffOptions diff_options(const std::string& method = "occlusion") {
  DiffOptions options;
  options.method = unwrap(find_method(method));
  options.words.min_texts = 2;
  options.top = 2;
  return options;
}

inline Diff diff_of(Classifier& a, Classifier& b, std::vector<Example> examples,
                    const DiffOptions& options = diff_options(), const DiffProgress& progress = {}) {
  return unwrap(diff_models(unwrap(match_labels(a, "A", b, "B")), std::move(examples), options, progress));
}

// Before, oil speaks for market; after, for match.
inline std::map<std::string, std::vector<float>> weights_before() {
  return {{"film", {3, 0, 0}}, {"oil", {0, 2, 0}}, {"team", {0, 0, 2}}};
}
inline std::map<std::string, std::vector<float>> weights_after() {
  return {{"film", {3, 0, 0}}, {"oil", {0, 0, 2}}, {"team", {0, 0, 2}}};
}
inline std::vector<Example> release_texts() {
  return {{.id = "1", .text = "film the", .label = "film"},
          {.id = "2", .text = "oil the", .label = "market"},
          {.id = "3", .text = "team the", .label = "match"},
          {.id = "4", .text = "Oil oil", .label = "market"},
          {.id = "5", .text = "oil team", .label = "match"}};
}

}  // namespace pellucid
