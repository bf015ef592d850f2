// On which texts, with which encoder and seeds cells were trained and tested: what comparisons and studies say alike.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "compare/figure.h"
#include "compare/plan.h"
#include "compare/texts.h"
#include "kernels/precision.h"
#include "report/page.h"
#include "version/version.h"

namespace pellucid::compare {

struct CellTraining;

struct Setup {
  std::string plan_file, plan_sha256;
  std::string data_file, data_sha256, validation_file, test_file, test_sha256;
  std::size_t data_texts = 0, train_texts = 0, validation_texts = 0, test_texts = 0, seen_in_training = 0;
  std::size_t skipped_rows = 0;
  std::string model, encoder_sha256;
  std::vector<std::string> labels;
  std::vector<std::uint64_t> seeds;
  std::size_t explained_texts = 0;  // 0: explanations were not measured
  std::string removal = {}, bins = {}, unit = {};
  std::uint64_t seed = 0;  // of intervals and tests
  unsigned threads = 0;
  std::string precision = {};  // of what was measured
  Tool tool;
  std::vector<std::string> made_by = {};     // what trained and measured the cells: other builds, perhaps
  std::vector<std::string> trained_in = {};  // "bf16 with 2 threads": on other machines, perhaps
  double seconds = 0;                        // of training, all cells that figures are of
};

struct Circumstances {
  std::string encoder_sha256;
  std::uint64_t seed = 0;  // of intervals and tests
  unsigned threads = 0;
  Precision precision = Precision::fp32;  // of what was measured
};

// All but explained_texts and what is known of the cells: made_by, trained_in, seconds.
Setup setup_of(const Plan& plan, const Texts& texts, const Circumstances& circumstances);
void add_training(Setup& setup, const CellTraining& training);
void add_maker(Setup& setup, const std::string& tool);

std::string seeds_text(const Setup& setup);      // "0, 1, 2"
std::string texts_note(const Setup& setup);      // what was trained, validated and tested on, a sentence
std::string explained_note(const Setup& setup);  // "comprehensiveness − sufficiency on 200 test texts (unit word, …)"
Facts facts_of(const Setup& setup);

// Members of a result's JSON: plan to seeds, which come first, and what comes last.
void begin_json(nlohmann::ordered_json& json, const Setup& setup);
void end_json(nlohmann::ordered_json& json, const Setup& setup);
nlohmann::ordered_json json_of(const Figure& figure);

}  // namespace pellucid::compare
