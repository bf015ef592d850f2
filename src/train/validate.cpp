#include "train/validate.h"

#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <vector>

#include "data/packing.h"
#include "train/collective.h"

namespace pellucid::train {

Result<ClassificationMetrics> validate(System& system, const Corpus& corpus, Compute compute, std::size_t batch_tokens,
                                       Collective& collective) {
  const torch::NoGradGuard no_gradient;
  const EncodedTexts& texts = corpus.validation;
  const std::size_t classes = corpus.labels.size();
  std::vector<double> probabilities(texts.size() * classes);
  compute.dropout = 0;
  const std::vector<std::size_t> lengths(texts.lengths().begin(), texts.lengths().end());
  const auto groups = batches_by_length(lengths, batch_tokens);
  for (std::size_t i = collective.rank(); i < groups.size(); i += collective.size()) {
    const std::vector<std::size_t>& group = groups[i];
    PELLUCID_TRY(const PackedBatch batch, texts.pack(std::vector<std::uint32_t>(group.begin(), group.end())));
    const Prediction prediction = system.forward(to_tensors(batch, system.device()), compute);
    const torch::Tensor p = torch::softmax(prediction.logits, 1).to(torch::kCPU, torch::kFloat64).contiguous();
    for (std::size_t row = 0; row < group.size(); ++row) {
      std::copy_n(p.data_ptr<double>() + row * classes, classes,
                  probabilities.begin() + static_cast<std::ptrdiff_t>(group[row] * classes));
    }
  }
  PELLUCID_CHECK(collective.sum(
      torch::from_blob(probabilities.data(), {static_cast<std::int64_t>(probabilities.size())}, torch::kFloat64)));
  return classification_metrics(probabilities, texts.labels(), classes);
}

}  // namespace pellucid::train
