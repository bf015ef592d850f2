// A comparison with known figures, for reports.
#pragma once

#include "compare/comparison.h"

namespace pellucid::compare {

inline ComparedSystem sample_system(const std::string& name, double accuracy) {
  ComparedSystem one;
  one.name = name;
  one.system = "cnn";
  one.options = "system cnn, learning-rate 0.001";
  one.tried = {{"learning-rate 0.001", 0.8, true}, {"learning-rate 0.01", 0.7, false}};
  one.accuracy = {.value = accuracy,
                  .interval = {accuracy - 0.1, accuracy + 0.1},
                  .spread = 0.01,
                  .of_seeds = {accuracy, accuracy - 0.01, accuracy + 0.01}};
  one.precision = one.recall = one.f1 = one.accuracy;
  one.pooled = metrics_of_counts({{8, 2}, {1, 9}});
  one.parameters = 22'700'000;
  one.training_seconds = 130;
  one.tokens_per_second = 12345.6;
  one.texts_per_second = 678.9;
  one.faithfulness = ComparedFaithfulness{.method = "decomposition",
                                          .difference = one.accuracy,
                                          .random = 0.05,
                                          .seconds_per_text = 0.02,
                                          .forward_equivalents = 2,
                                          .tried = {{"decomposition", 0.5}, {"lime", 0.4}}};
  one.cells = {{.seed = 0, .folder = "runs/x/" + name, .accuracy = accuracy, .steps = 10, .seconds = 130}};
  return one;
}

inline Comparison sample_comparison() {
  Comparison comparison;
  comparison.plan_file = "plans/<table>.toml";
  comparison.plan_sha256 = std::string(64, 'a');
  comparison.data_file = "train.csv";
  comparison.test_file = "test.csv";
  comparison.data_texts = 1000;
  comparison.train_texts = 90;
  comparison.validation_texts = 10;
  comparison.test_texts = 20;
  comparison.seen_in_training = 3;
  comparison.labels = {"good & <new>", "bad"};
  comparison.seeds = {0, 1, 2};
  comparison.reference = "ours";
  comparison.explained_texts = 20;
  comparison.unit = "word";
  comparison.removal = "mask";
  comparison.bins = "deciles";
  comparison.made_by = {"0.0.9 (commit 0123456789) on AMD <EPYC>, 2 CPUs"};
  comparison.systems = {sample_system("CNN | <b>", 0.7), sample_system("ours", 0.8)};
  comparison.systems.front().accuracy.p_value = 0.04;
  comparison.systems.front().faithfulness->difference.p_value = 0.0001;
  return comparison;
}

}  // namespace pellucid::compare
