#include "train/options.h"

#include <nlohmann/json.hpp>

namespace pellucid::train {

nlohmann::ordered_json recipe_of(const Options& options) {
  nlohmann::ordered_json recipe = {{"system", options.system},
                                   {"layers", options.sizes.layers},
                                   {"filters", options.sizes.filters},
                                   {"alignment", options.sizes.alignment},
                                   {"word_vectors", options.word_vectors ? "encoder" : "random"},
                                   {"adjust", name_of(options.adjust)},
                                   {"attribution_gradient", options.through ? "through" : "stop"},
                                   {"dropout", options.dropout},
                                   {"max_length", options.max_length},
                                   {"epochs", options.epochs},
                                   {"learning_rate", options.learning_rate},
                                   {"warmup", options.warmup},
                                   {"weight_decay", options.weight_decay},
                                   {"clip_norm", options.clip_norm},
                                   {"batch_tokens", options.batch_tokens},
                                   {"class_weights", options.balanced_class_weights ? "balanced" : "none"},
                                   {"sufficiency", options.sufficiency},
                                   {"sufficiency_share", options.sufficiency_share},
                                   {"masking", options.masking},
                                   {"contrastive", options.contrastive},
                                   {"label_smoothing", options.label_smoothing},
                                   {"r_drop", options.r_drop},
                                   {"deep_supervision", options.deep_supervision},
                                   {"ema", options.ema},
                                   {"patience", options.patience},
                                   {"hold_out", options.validation.empty() ? options.hold_out : 0.0}};
  // Later options stand there where they are used, so that recipes from before them stay what they are.
  if (options.balanced_sampling) recipe["sampling"] = "balanced";
  if (options.logit_adjustment != 0) recipe["logit_adjustment"] = options.logit_adjustment;
  return recipe;
}

Precision precision_of(const Options& options) {
  if (options.precision) return *options.precision;
  return options.device == "cpu" && cpu_has(Precision::bf16) ? Precision::bf16 : Precision::fp32;
}

}  // namespace pellucid::train
