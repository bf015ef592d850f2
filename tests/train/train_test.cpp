// Whole runs of pellucid-train on a tiny encoder: results, resuming, errors.
#include "train/train.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>
#include <thread>

#include "files/sha256.h"
#include "tiny.h"
#include "train/systems/registry.h"
#include "train/trained_classifier.h"
#include "train/weights.h"

namespace pellucid::train {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::string slurp(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

class Train : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("pellucid-train-" + std::to_string(getpid()) + "-" +
                                           testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "encoder");
    write_encoder();
    write_data("train.csv", 240, 1);
    write_data("test.csv", 60, 2);
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write_encoder() {
    const EncoderConfig config = tiny_config();
    json description = {{"model_type", "bert"},
                        {"hidden_act", "gelu"},
                        {"vocab_size", config.vocab_size},
                        {"hidden_size", config.hidden_size},
                        {"num_hidden_layers", config.num_hidden_layers},
                        {"num_attention_heads", config.num_attention_heads},
                        {"intermediate_size", config.intermediate_size},
                        {"max_position_embeddings", config.max_position_embeddings},
                        {"type_vocab_size", config.type_vocab_size},
                        {"layer_norm_eps", config.layer_norm_eps}};
    std::ofstream(folder_ / "encoder/config.json") << description.dump();
    std::ofstream vocabulary(folder_ / "encoder/vocab.txt");
    vocabulary << "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";
    for (int i = 5; i < 30; ++i) vocabulary << word(i) << "\n";
    Model model = tiny_model(Adjust::none, 2);
    ASSERT_TRUE(save_weights(model, folder_ / "encoder/model.safetensors"));
  }

  static std::string word(int i) {
    return std::string(1, static_cast<char>('a' + i % 25)) + static_cast<char>('a' + i / 5);
  }

  // The first five words speak for "low", the next five for "high"; the rest is noise.
  void write_data(const std::string& name, int texts, std::uint64_t seed) const {
    std::mt19937_64 random(seed);
    std::ofstream file(folder_ / name);
    file << "text,label\n";
    for (int i = 0; i < texts; ++i) {
      const int label = static_cast<int>(random() % 2);
      std::string text = word(5 + label * 5 + static_cast<int>(random() % 5));
      for (std::uint64_t n = random() % 7; n > 0; --n) {
        const std::string noise = word(15 + static_cast<int>(random() % 15));
        if (random() % 2 == 0) {
          text.insert(0, noise + " ");
        } else {
          text.append(" ").append(noise);
        }
      }
      file << text << "," << (label == 0 ? "low" : "high") << "\n";
    }
  }

  Options options(const std::string& out) const {
    Options chosen;
    chosen.data = folder_ / "train.csv";
    chosen.model = (folder_ / "encoder").string();
    chosen.out = folder_ / out;
    chosen.epochs = 4;
    chosen.learning_rate = 3e-3;
    chosen.batch_tokens = 60;
    chosen.seed = 5;
    chosen.quiet = true;
    return chosen;
  }

  // For a random encoder of eight dimensions to learn the ten words.
  Options long_enough(const std::string& out) const {
    Options chosen = options(out);
    chosen.epochs = 16;
    chosen.learning_rate = 1e-2;
    chosen.dropout = 0;
    chosen.patience = 0;
    return chosen;
  }

  // The program itself, as a child: it can be interrupted.
  pid_t start(const std::vector<std::string>& extra) const {
    std::vector<std::string> words = {std::string(PELLUCID_BINARY_DIR) + "/pellucid-train",
                                      "train",
                                      "--data",
                                      folder_ / "train.csv",
                                      "--model",
                                      folder_ / "encoder",
                                      "--quiet",
                                      "--batch-tokens",
                                      "60",
                                      "--learning-rate",
                                      "3e-3",
                                      "--precision",
                                      "fp32",
                                      "--threads",
                                      "1",
                                      "--seed",
                                      "5"};
    words.insert(words.end(), extra.begin(), extra.end());
    const pid_t child = fork();
    if (child == 0) {
      std::vector<char*> arguments;
      for (std::string& w : words) arguments.push_back(w.data());
      arguments.push_back(nullptr);
      if (std::freopen("/dev/null", "w", stdout) == nullptr) _exit(126);
      if (std::freopen((folder_ / "stderr").c_str(), "w", stderr) == nullptr) _exit(126);
      execv(arguments[0], arguments.data());
      _exit(127);
    }
    return child;
  }
  static int finish(pid_t child) {
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  int run(const std::vector<std::string>& extra) const { return finish(start(extra)); }

  // Waits until history.jsonl of `out` has `lines` lines.
  bool wait_for_lines(const std::string& out, long lines) const {
    for (int i = 0; i < 6000; ++i) {
      const std::string text = slurp(folder_ / out / "history.jsonl");
      if (std::count(text.begin(), text.end(), '\n') >= lines) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
  }

  std::string weights(const std::string& out) const { return *sha256_file(folder_ / out / "model.safetensors"); }

  fs::path folder_;
};

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
    if (system.name == "swin") chosen.learning_rate = 1e-3;  // it is hundreds wide, whatever the embeddings are
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

  Options blocked = options("train.csv/f");
  EXPECT_NE(message(blocked).find("train.csv"), std::string::npos);
}

}  // namespace
}  // namespace pellucid::train
