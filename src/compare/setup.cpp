#include "compare/setup.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "compare/cell.h"
#include "error/listed.h"
#include "report/interval_json.h"
#include "report/numbers.h"
#include "report/tool.h"
#include "version/version.h"

namespace pellucid::compare {

using nlohmann::ordered_json;

namespace {

void add_new(std::vector<std::string>& all, const std::string& one) {
  if (!one.empty() && std::ranges::find(all, one) == all.end()) all.push_back(one);
}

}  // namespace

Setup setup_of(const Plan& plan, const Texts& texts, const Circumstances& circumstances) {
  Setup setup{.plan_file = plan.file.string(),
              .plan_sha256 = plan.sha256,
              .data_file = plan.data.string(),
              .data_sha256 = texts.data_sha256,
              .validation_file = plan.validation.string(),
              .test_file = plan.test.string(),
              .test_sha256 = texts.test_sha256,
              .data_texts = texts.data_texts,
              .train_texts = texts.train_texts,
              .validation_texts = texts.validation_examples.size(),
              .test_texts = texts.test.size(),
              .seen_in_training = texts.seen_in_training,
              .skipped_rows = texts.skipped_rows,
              .model = plan.model,
              .encoder_sha256 = circumstances.encoder_sha256,
              .labels = texts.labels.names(),
              .seeds = plan.seeds,
              .seed = circumstances.seed,
              .threads = circumstances.threads,
              .precision = std::string(name_of(circumstances.precision)),
              .tool = this_tool()};
  if (plan.faithfulness) {
    setup.removal = name_of(plan.faithfulness->removal);
    setup.bins = name_of(plan.faithfulness->bins);
    setup.unit = name_of(plan.faithfulness->unit);
  }
  return setup;
}

void add_training(Setup& setup, const CellTraining& training) {
  setup.seconds += training.seconds;
  add_new(setup.made_by, training.tool);
  add_new(setup.trained_in, training.precision + " with " + counted(training.threads, "thread", "threads"));
}

void add_maker(Setup& setup, const std::string& tool) {
  add_new(setup.made_by, tool);
}

std::string seeds_text(const Setup& setup) {
  return listed(setup.seeds, [](std::uint64_t seed) { return std::to_string(seed); });
}

std::string texts_note(const Setup& setup) {
  std::string texts = "Trained on " + grouped(setup.train_texts) + " texts";
  const std::size_t used = setup.train_texts + (setup.validation_file.empty() ? setup.validation_texts : 0);
  if (used < setup.data_texts) {
    texts += " (of a stratified subset of " + grouped(used) + " of the " + grouped(setup.data_texts) + ")";
  }
  texts += ", weights and settings chosen by " + grouped(setup.validation_texts) + " validation texts" +
           (setup.validation_file.empty() ? " held out of them" : "") + ", tested once on " +
           grouped(setup.test_texts) + " texts";
  texts += setup.seen_in_training > 0 ? ", of which " + grouped(setup.seen_in_training) +
                                            " stand word for word among the training or validation texts too."
                                      : ", none of which is also a training or validation text.";
  if (setup.skipped_rows > 0) texts += " " + grouped(setup.skipped_rows) + " bad rows were passed over.";
  return texts;
}

std::string explained_note(const Setup& setup) {
  return "comprehensiveness − sufficiency on " + grouped(setup.explained_texts) + " test texts (unit " + setup.unit +
         ", removal " + setup.removal + ", bins " + setup.bins + ")";
}

Facts facts_of(const Setup& setup) {
  return {{"plan", setup.plan_file},
          {"training data", setup.data_file},
          {"validation data", setup.validation_file},
          {"test data", setup.test_file},
          {"encoder", setup.model},
          {"seeds", seeds_text(setup)},
          {"threads", std::to_string(setup.threads)},
          {"measured in", setup.precision},
          {"pellucid", text_of(setup.tool)},
          {"models made by", listed(setup.made_by)},
          {"trained in", listed(setup.trained_in)},
          {"command", setup.tool.command},
          {"plan, SHA-256", setup.plan_sha256},
          {"training data, SHA-256", setup.data_sha256},
          {"test data, SHA-256", setup.test_sha256},
          {"encoder, SHA-256", setup.encoder_sha256}};
}

void begin_json(ordered_json& json, const Setup& setup) {
  json["plan"] = {{"file", setup.plan_file}, {"sha256", setup.plan_sha256}};
  json["data"] = {{"file", setup.data_file},
                  {"sha256", setup.data_sha256},
                  {"texts", setup.data_texts},
                  {"training_texts", setup.train_texts},
                  {"validation_texts", setup.validation_texts},
                  {"skipped_rows", setup.skipped_rows}};
  if (!setup.validation_file.empty()) json["data"]["validation_file"] = setup.validation_file;
  json["test"] = {{"file", setup.test_file},
                  {"sha256", setup.test_sha256},
                  {"n", setup.test_texts},
                  {"seen_in_training", setup.seen_in_training}};
  json["encoder"] = {{"model", setup.model}, {"sha256", setup.encoder_sha256}};
  json["labels"] = setup.labels;
  json["seeds"] = setup.seeds;
}

void end_json(ordered_json& json, const Setup& setup) {
  json["seed"] = setup.seed;
  json["threads"] = setup.threads;
  json["precision"] = setup.precision;
  json["tool"] = json_of(setup.tool);
  json["made_by"] = setup.made_by;
  json["trained_in"] = setup.trained_in;
  json["cost"] = {{"training_seconds", setup.seconds}};
  if (setup.explained_texts > 0) {
    json["explained"] = {{"n", setup.explained_texts},
                         {"measure", "difference"},
                         {"bins", setup.bins},
                         {"unit", setup.unit},
                         {"removal", setup.removal}};
  }
}

ordered_json json_of(const Figure& figure) {
  ordered_json json = {{"value", figure.value},
                       {"interval", json_of(figure.interval)},
                       {"spread", nullptr},
                       {"of_seeds", figure.of_seeds}};
  if (figure.spread) json["spread"] = *figure.spread;
  if (figure.p_value) json["p"] = *figure.p_value;
  return json;
}

}  // namespace pellucid::compare
