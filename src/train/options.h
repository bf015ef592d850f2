// What a training run is asked to do; the defaults are the recipe of method.md section 4.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "checkpoint/model_folder.h"
#include "data/reader.h"
#include "kernels/precision.h"
#include "train/systems/sizes.h"

namespace pellucid::train {

inline constexpr std::uint64_t kLargestSeed = 0xFFFFFFFF;  // std::seed_seq keeps 32 bits: beyond, seeds would repeat

struct Options {
  std::filesystem::path data;
  std::filesystem::path validation;  // empty: a stratified part of `data` is held out
  double hold_out = 0.1;             // that part
  std::string model = "minilm";      // folder or bundled name
  std::filesystem::path out;
  bool resume = false;
  ReadOptions reading;

  std::string system = "ours";  // a name of the registry
  SystemSizes sizes;
  bool word_vectors = false;  // systems from scratch start from the encoder's word embeddings

  Adjust adjust = Adjust::top;
  bool through = false;  // gradients of the attribution reach the parameters
  double dropout = 0.1;
  std::size_t max_length = 0;  // tokens; 0: what the encoder can take

  std::int64_t epochs = 3;
  double learning_rate = 1e-4;
  double warmup = 0.06;  // share of all steps
  double weight_decay = 0.01;
  double clip_norm = 1.0;
  std::size_t batch_tokens = 1700;
  bool balanced_class_weights = false;
  bool balanced_sampling = false;  // every class as often in an epoch as any other
  double logit_adjustment = 0.0;   // τ of the cross-entropy on z + τ log prior; 0: off
  double sufficiency = 1.0;        // weight of the self-consistency loss; 0: off
  double sufficiency_share = 1.0;  // share of steps that carry it
  double masking = 0.0;            // share of texts masked at random
  double contrastive = 0.0;        // weight
  double label_smoothing = 0.0;    // share of the label given to all classes alike
  double r_drop = 0.0;             // weight of R-Drop; 0: off
  double deep_supervision = 0.5;   // weight of cross-entropy(z¹)
  double ema = 0.0;                // decay of the weights' moving average; 0: off
  std::int64_t patience = 3;       // evaluations without a better macro-F1 before stopping; 0: never stop

  std::int64_t accumulate = 1;  // parts of a step that a process computes one after another; see docs/scale.md
  std::string device = "cpu";   // or cuda
  std::uint64_t seed = 0;
  std::optional<Precision> precision;  // of matrix products; none: bf16 on a CPU that has it
  bool quiet = false;
};

// Those that decide what is learnt from given texts, as pellucid.json records them; the seed apart.
nlohmann::ordered_json recipe_of(const Options& options);

// What matrices are multiplied in on this machine.
Precision precision_of(const Options& options);

}  // namespace pellucid::train
