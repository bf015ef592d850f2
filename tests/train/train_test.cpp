// Whole runs of pellucid-train on a tiny encoder: results, resuming, errors.
#include "train/train.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tiny_runs.h"
#include "train/systems/registry.h"
#include "train/trained_classifier.h"
#include "train/training_record.h"
#include "train/weights.h"

namespace pellucid::train {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class Train : public TinyRuns {};

TEST_F(Train, LearnsAndWritesAModelFolder) {
  const auto outcome = train(long_enough("run"));
  ASSERT_TRUE(outcome) << describe(outcome.error());
  EXPECT_GT(outcome->validation_accuracy, 0.9);
  EXPECT_EQ(outcome->model, folder_ / "run");
  const json description = json::parse(slurp(folder_ / "run/pellucid.json"));
  EXPECT_EQ(description["labels"], json::parse(R"(["high", "low"])"));
  EXPECT_TRUE(description["training"]["finished"]);
  EXPECT_EQ(description["training"]["options"]["learning_rate"], 1e-2);
  for (const char* name : {"config.json", "vocab.txt", "model.safetensors", "history.jsonl"}) {
    EXPECT_TRUE(fs::exists(folder_ / "run" / name)) << name;
  }
  std::istringstream history(slurp(folder_ / "run/history.jsonl"));
  std::int64_t steps = 0;
  int evaluations = 0;
  for (std::string line; std::getline(history, line);) {
    const json record = json::parse(line);
    if (record.contains("validation")) {
      ++evaluations;
    } else {
      EXPECT_EQ(record["step"], ++steps);
      EXPECT_GT(record["tokens_per_second"], 0);
    }
  }
  EXPECT_EQ(steps, outcome->steps);
  EXPECT_EQ(evaluations, 16);
  for (const auto& entry : fs::directory_iterator(folder_ / "run")) {
    EXPECT_EQ(entry.path().filename().string().find("checkpoint"), std::string::npos) << "left over: " << entry.path();
  }
}

TEST_F(Train, EveryVariantLearns) {
  int number = 0;
  for (const Adjust adjust : {Adjust::none, Adjust::input}) {
    Options chosen = long_enough("variant" + std::to_string(number++));
    chosen.adjust = adjust;
    chosen.contrastive = 0.1;
    chosen.masking = 0.5;
    chosen.ema = 0.9;
    chosen.balanced_class_weights = true;
    chosen.balanced_sampling = adjust == Adjust::none;
    chosen.logit_adjustment = adjust == Adjust::none ? 0 : 1;
    const auto outcome = train(chosen);
    ASSERT_TRUE(outcome) << describe(outcome.error());
    EXPECT_GT(outcome->validation_accuracy, 0.8) << name_of(adjust);
  }
}

TEST_F(Train, EverySystemLearnsAndItsFolderLoadsOrSaysWhatItIs) {
  for (const SystemEntry& system : systems()) {
    Options chosen = long_enough(std::string(system.name));
    chosen.system = system.name;
    // It is hundreds wide, whatever the embeddings are: learns at once, and each step takes long.
    if (system.name == "swin") {
      chosen.learning_rate = 1e-3;
      chosen.epochs = 18;
      chosen.batch_tokens = 120;
    }
    chosen.word_vectors = system.name == "cnn";
    chosen.label_smoothing = 0.05;
    chosen.r_drop = 0.1;
    const auto outcome = train(chosen);
    ASSERT_TRUE(outcome) << system.name << ": " << describe(outcome.error());
    EXPECT_GT(outcome->validation_accuracy, 0.8) << system.name;
    const auto folder = open_model_folder(chosen.out.string());
    const std::string type = json::parse(slurp(chosen.out / "config.json"))["model_type"];
    if (type == "bert") {
      EXPECT_TRUE(folder) << describe(folder.error());
    } else {
      ASSERT_FALSE(folder) << system.name;
      EXPECT_NE(folder.error().message.find('"' + std::string(system.name) + '"'), std::string::npos);
    }
    const auto classifier = load_trained(chosen.out.string(), {});
    EXPECT_TRUE(classifier) << system.name << ": " << describe(classifier.error());
  }
}

TEST_F(Train, ASystemIsRefusedByNameAndWhatItCannotFollowByOption) {
  EXPECT_EQ(run({"--out", folder_ / "a", "--system", "perceptron"}), 2);
  EXPECT_NE(slurp(folder_ / "stderr").find("one of ours, plain"), std::string::npos);
  EXPECT_EQ(run({"--out", folder_ / "a", "--system", "cnn", "--sufficiency", "1"}), 2);
  EXPECT_NE(slurp(folder_ / "stderr").find("--sufficiency"), std::string::npos);
  EXPECT_EQ(run({"--out", folder_ / "a", "--system", "plain", "--layers", "2"}), 2);
  EXPECT_EQ(run({"--out", folder_ / "a", "--sampling", "balanced", "--logit-adjustment", "1"}), 2);
  EXPECT_NE(slurp(folder_ / "stderr").find("makes up for unequal classes by itself"), std::string::npos);
  for (const SystemEntry& system : systems()) {
    const std::string name(system.name);
    EXPECT_EQ(run({"--out", folder_ / ("layers-" + name), "--system", name, "--layers", "1", "--epochs", "1"}),
              system.takes_layers ? 0 : 2)
        << name;
    EXPECT_EQ(run({"--out", folder_ / ("filters-" + name), "--system", name, "--filters", "4", "--epochs", "1"}),
              system.takes_filters ? 0 : 2)
        << name;
  }
}

TEST(StoppedEarly, IsARunThatHadEpochsLeft) {
  Options options;
  options.epochs = 4;
  options.patience = 3;
  RunState state;
  state.evaluations_without_better = 3;
  state.evaluations = 3;
  EXPECT_TRUE(stopped_early(options, state));
  state.evaluations = 4;
  EXPECT_FALSE(stopped_early(options, state)) << "it went through all of them";
}

TEST_F(Train, AFinishedRunTellsItsFiguresAgain) {
  Options chosen = options("run");
  const auto first = train(chosen);
  ASSERT_TRUE(first) << describe(first.error());
  chosen.resume = true;
  const auto again = train(chosen);
  ASSERT_TRUE(again) << describe(again.error());
  EXPECT_TRUE(again->already_complete);
  EXPECT_EQ(again->steps, first->steps);
  EXPECT_EQ(again->best_step, first->best_step);
  EXPECT_EQ(again->validation_macro_f1, first->validation_macro_f1);
  EXPECT_EQ(again->seconds, first->seconds);
  EXPECT_EQ(again->tokens_per_second, first->tokens_per_second);
}

TEST_F(Train, AnotherRunDoesNotReplaceTheOneThatItResumes) {
  Options own = options("run");
  own.epochs = 1;
  ASSERT_TRUE(train(own));
  own.resume = true;
  Options other = own;
  other.learning_rate = 1e-3;
  const auto refused = [&] {
    const auto outcome = train(other);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, ErrorCode::usage);
    EXPECT_NE(outcome.error().message.find("other options"), std::string::npos) << outcome.error().message;
  };
  const auto left = [&] {
    std::vector<std::string> files = {weights("run")};
    for (const char* name : {"history.jsonl", "pellucid.json"}) files.push_back(slurp(folder_ / "run" / name));
    return files;
  };
  const std::vector<std::string> finished = left();
  refused();
  EXPECT_EQ(left(), finished);

  // As one leaves it that is killed after an evaluation, before its first checkpoint.
  json description = json::parse(finished[2]);
  description["training"]["finished"] = false;
  std::ofstream(folder_ / "run/pellucid.json") << description;
  const std::vector<std::string> unfinished = left();
  refused();
  EXPECT_EQ(left(), unfinished);
  const auto again = train(own);
  ASSERT_TRUE(again) << describe(again.error());
  EXPECT_FALSE(again->already_complete);
  EXPECT_EQ(weights("run"), finished[0]);

  std::ofstream(folder_ / "run/pellucid.json") << "[]";
  const auto broken = train(own);
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, ErrorCode::format);
  EXPECT_EQ(broken.error().where, (folder_ / "run/pellucid.json").string());
}

TEST_F(Train, AFileReadOtherwiseIsAnotherRun) {
  std::istringstream rows(slurp(folder_ / "train.csv"));
  std::ofstream twice(folder_ / "twice.csv");
  twice << "text,label,body,verdict\n";
  std::string row;
  std::getline(rows, row);  // the names
  while (std::getline(rows, row)) twice << row << "," << row << "\n";
  twice.close();
  Options chosen = options("run");
  chosen.data = folder_ / "twice.csv";
  chosen.epochs = 1;
  ASSERT_TRUE(train(chosen));
  chosen.resume = true;
  const auto again = train(chosen);
  ASSERT_TRUE(again) << describe(again.error());
  EXPECT_TRUE(again->already_complete);
  for (const ReadOptions& reading : {ReadOptions{.format = Format::csv}, ReadOptions{.text_column = "body"},
                                     ReadOptions{.label_column = "verdict"}}) {
    chosen.reading = reading;
    const auto outcome = train(chosen);
    ASSERT_FALSE(outcome);
    EXPECT_NE(outcome.error().message.find("other options"), std::string::npos) << outcome.error().message;
  }
}

TEST_F(Train, TheEncoderIsNotOverwritten) {
  const std::string before = weights("encoder");
  const auto outcome = train(options("encoder/."));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::usage);
  EXPECT_NE(outcome.error().where.find("--out"), std::string::npos) << outcome.error().where;
  EXPECT_EQ(weights("encoder"), before);
}

TEST_F(Train, SameSeedSameBitsAnotherSeedOthers) {
  ASSERT_TRUE(train(options("one")));
  ASSERT_TRUE(train(options("two")));
  Options other = options("three");
  other.seed = 6;
  ASSERT_TRUE(train(other));
  EXPECT_EQ(weights("one"), weights("two"));
  EXPECT_NE(weights("one"), weights("three"));
}

TEST_F(Train, InterruptedAndResumedIsBitIdenticalToUninterrupted) {
  const std::vector<std::string> common = {"--epochs", "6", "--ema", "0.9", "--patience", "0"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.end(), common.begin(), common.end());
    return more;
  };
  ASSERT_EQ(run(with({"--out", folder_ / "whole"})), 0);
  const pid_t child = start(with({"--out", folder_ / "cut"}));
  ASSERT_TRUE(wait_for_lines("cut", 20));
  kill(child, SIGINT);
  const int status = finish(child);
  ASSERT_EQ(status, 130) << slurp(folder_ / "stderr");
  EXPECT_NE(slurp(folder_ / "stderr").find("--resume"), std::string::npos);

  EXPECT_EQ(run(with({"--out", folder_ / "cut"})), 2) << "a started run is not overwritten";
  EXPECT_EQ(run({"--out", folder_ / "cut", "--resume", "--epochs", "5"}), 2) << "other options are refused";
  EXPECT_EQ(run(with({"--out", folder_ / "cut", "--resume", "--system", "cnn"})), 2) << slurp(folder_ / "stderr");
  EXPECT_NE(slurp(folder_ / "stderr").find("other options"), std::string::npos) << slurp(folder_ / "stderr");
  ASSERT_EQ(run(with({"--out", folder_ / "cut", "--resume"})), 0) << slurp(folder_ / "stderr");
  EXPECT_EQ(weights("whole"), weights("cut"));
  const auto without_rates = [&](const std::string& out) {
    std::istringstream history(slurp(folder_ / out / "history.jsonl"));
    std::vector<json> lines;
    for (std::string line; std::getline(history, line);) {
      lines.push_back(json::parse(line));
      lines.back().erase("tokens_per_second");
    }
    return lines;
  };
  EXPECT_EQ(without_rates("whole"), without_rates("cut"));

  const std::string before = slurp(folder_ / "cut/pellucid.json");
  ASSERT_EQ(run(with({"--out", folder_ / "cut", "--resume"})), 0);
  EXPECT_EQ(slurp(folder_ / "cut/pellucid.json"), before) << "a finished run stays as it is";
}

TEST_F(Train, KilledWithoutWarningResumesToTheSameWeights) {
  ASSERT_EQ(run({"--out", folder_ / "whole", "--epochs", "3"}), 0);
  const pid_t child = start({"--out", folder_ / "cut", "--epochs", "3"});
  ASSERT_TRUE(wait_for_lines("cut", 5));
  kill(child, SIGKILL);
  finish(child);
  ASSERT_EQ(run({"--out", folder_ / "cut", "--epochs", "3", "--resume"}), 0) << slurp(folder_ / "stderr");
  EXPECT_EQ(weights("whole"), weights("cut"));
}

TEST_F(Train, ANonFiniteLossNamesTheStepAndTheTexts) {
  Model broken = tiny_model(Adjust::none, 2);
  broken.encoder.layers[1].feed_forward.output.bias.fill_(std::numeric_limits<float>::quiet_NaN());
  ASSERT_TRUE(save_weights(broken, folder_ / "encoder/model.safetensors"));
  const auto outcome = train(options("run"));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::numeric);
  EXPECT_EQ(outcome.error().where, "step 1");
  EXPECT_NE(outcome.error().message.find("these texts: "), std::string::npos);
}

TEST_F(Train, RowsThatAreSkippedAreCounted) {
  std::ofstream(folder_ / "train.csv", std::ios::app) << "a row without a label\n";
  Options skipping = options("skipping");
  skipping.reading.skip_bad_rows = true;
  skipping.epochs = 1;
  skipping.quiet = false;
  testing::internal::CaptureStderr();
  const auto outcome = train(skipping);
  const std::string said = testing::internal::GetCapturedStderr();
  ASSERT_TRUE(outcome) << describe(outcome.error());
  EXPECT_NE(said.find("1 bad row skipped, the first: "), std::string::npos) << said;
}

TEST_F(Train, BadInputsGiveOneClearMessage) {
  const auto message = [&](const Options& chosen) {
    const auto outcome = train(chosen);
    return outcome ? std::string("(no error)") : describe(outcome.error());
  };
  Options missing = options("a");
  missing.data = folder_ / "nothing.csv";
  EXPECT_NE(message(missing).find("nothing.csv"), std::string::npos);

  std::ofstream(folder_ / "one.csv") << "text,label\nab,low\nac,low\n";
  Options one_class = options("b");
  one_class.data = folder_ / "one.csv";
  EXPECT_NE(message(one_class).find("at least two labels"), std::string::npos);

  std::ofstream(folder_ / "two.csv") << "text,label\nab,low\nac,high\n";
  Options too_small = options("c");
  too_small.data = folder_ / "two.csv";
  EXPECT_NE(message(too_small).find("--validation"), std::string::npos);

  std::ofstream(folder_ / "unknown.csv") << "text,label\nab,low\nac,middle\n";
  Options unknown = options("d");
  unknown.validation = folder_ / "unknown.csv";
  EXPECT_NE(message(unknown).find("unknown.csv:3: label \"middle\""), std::string::npos) << message(unknown);

  Options too_long = options("e");
  too_long.max_length = 4000;
  EXPECT_NE(message(too_long).find("16 tokens"), std::string::npos);

  Options too_short = options("h");
  too_short.max_length = 2;
  EXPECT_NE(message(too_short).find("--max-length: expected from 3 tokens"), std::string::npos) << message(too_short);

  Options piped = options("g");
  piped.data = "/dev/null";
  EXPECT_NE(message(piped).find("read more than once, found a pipe or a device"), std::string::npos) << message(piped);

  Options blocked = options("train.csv/f");
  EXPECT_NE(message(blocked).find("train.csv"), std::string::npos);
}

}  // namespace
}  // namespace pellucid::train
