// Whole runs of training on a tiny encoder, in this process or as children.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "files/sha256.h"
#include "tiny.h"
#include "train/options.h"
#include "train/weights.h"

namespace pellucid::train {

inline std::string slurp(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

class TinyRuns : public testing::Test {
 protected:
  using json = nlohmann::json;

  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("pellucid-train-" + std::to_string(getpid()) + "-" +
                                                        testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ / "encoder");
    write_encoder();
    write_data("train.csv", 240, 1);
    write_data("test.csv", 60, 2);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

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

  // Options with a value each, of which those of `more` win, and then `more`, in which there may be flags.
  static std::vector<std::string> joined(const std::vector<std::string>& options,
                                         const std::vector<std::string>& more) {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < options.size(); i += 2) {
      if (std::ranges::find(more, options[i]) == more.end()) all.insert(all.end(), {options[i], options[i + 1]});
    }
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  // The program's command line for the same.
  std::vector<std::string> command(const std::vector<std::string>& extra) const {
    std::vector<std::string> words =
        joined({"--data", folder_ / "train.csv", "--model", folder_ / "encoder", "--batch-tokens", "60",
                "--learning-rate", "3e-3", "--precision", "fp32", "--threads", "1", "--seed", "5"},
               extra);
    words.insert(words.begin(), {std::string(PELLUCID_BINARY_DIR) + "/pellucid-train", "train", "--quiet"});
    return words;
  }

  // A child: it can be interrupted. Its stderr goes to a file in folder_.
  pid_t start_program(std::vector<std::string> words, const std::string& errors,
                      const std::vector<std::pair<std::string, std::string>>& environment = {}) const {
    const pid_t child = fork();
    if (child == 0) {
      for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
      std::vector<char*> arguments;
      for (std::string& w : words) arguments.push_back(w.data());
      arguments.push_back(nullptr);
      if (std::freopen("/dev/null", "w", stdout) == nullptr) _exit(126);
      if (std::freopen((folder_ / errors).c_str(), "w", stderr) == nullptr) _exit(126);
      execv(arguments[0], arguments.data());
      _exit(127);
    }
    return child;
  }
  pid_t start(const std::vector<std::string>& extra) const { return start_program(command(extra), "stderr"); }
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

  std::filesystem::path folder_;
};

}  // namespace pellucid::train
