// How well a system does on the validation texts, by which its best weights are chosen.
#pragma once

#include "error/error.h"
#include "evaluate/metrics.h"
#include "train/corpus.h"
#include "train/systems/system.h"

namespace pellucid::train {

class Collective;

// Batches of at most `batch_tokens` are shared out among the processes; all have the figures of all texts.
Result<ClassificationMetrics> validate(System& system, const Corpus& corpus, Compute compute, std::size_t batch_tokens,
                                       Collective& collective);

}  // namespace pellucid::train
