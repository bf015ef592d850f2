// Training in several processes: the same loss curve as in one, clean ends, resuming with another number of them.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>

#include <cmath>
#include <filesystem>
#include <thread>

#include "tiny_runs.h"
#include "train/collective.h"
#include "train/gradient_sums.h"

namespace pellucid::train {
namespace {

using Environment = std::vector<std::pair<std::string, std::string>>;

// A port that nobody listens at now.
std::string free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(socket, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size), 0);
  ::close(socket);
  return std::to_string(ntohs(address.sin_port));
}

Environment process_of(int rank, int size, const std::string& port) {
  return {{"RANK", std::to_string(rank)},
          {"WORLD_SIZE", std::to_string(size)},
          {"MASTER_ADDR", "127.0.0.1"},
          {"MASTER_PORT", port}};
}

class Parallel : public TinyRuns {
 protected:
  // `size` processes of one run; `own` are further options of each.
  std::vector<pid_t> start_all(int size, const std::vector<std::string>& extra,
                               const std::vector<std::vector<std::string>>& own = {}) const {
    const std::string port = free_port();
    std::vector<pid_t> children;
    for (int rank = 0; rank < size; ++rank) {
      const std::vector<std::string> words = command(own.empty() ? extra : joined(extra, own[rank]));
      children.push_back(start_program(words, "stderr" + std::to_string(rank), process_of(rank, size, port)));
    }
    return children;
  }
  // Three processes of a disabled test of ParallelWorker.
  std::vector<pid_t> start_workers(const std::string& test) const {
    const std::string port = free_port();
    std::vector<pid_t> children;
    for (int rank = 0; rank < 3; ++rank) {
      children.push_back(start_program({"/proc/self/exe", "--gtest_filter=ParallelWorker.DISABLED_" + test,
                                        "--gtest_also_run_disabled_tests", "--gtest_output=json:" + out("worker.json")},
                                       "stderr" + std::to_string(rank), process_of(rank, 3, port)));
    }
    return children;
  }
  static std::vector<int> finish_all(const std::vector<pid_t>& children) {
    std::vector<int> statuses;
    for (const pid_t child : children) statuses.push_back(finish(child));
    return statuses;
  }
  void run_all(int size, const std::vector<std::string>& extra) const {
    const std::vector<int> statuses = finish_all(start_all(size, extra));
    EXPECT_EQ(statuses, std::vector<int>(size, 0)) << complaints(size);
  }
  // What all of them said.
  std::string complaints(int size) const {
    std::string all;
    for (int rank = 0; rank < size; ++rank) all += slurp(folder_ / ("stderr" + std::to_string(rank)));
    return all;
  }
  // One line in all, with this in it.
  void expect_one_complaint(int size, const std::string& words) const {
    const std::string all = complaints(size);
    EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 1) << all;
    EXPECT_NE(all.find(words), std::string::npos) << all;
  }

  std::vector<json> history(const std::string& out) const {
    std::istringstream text(slurp(folder_ / out / "history.jsonl"));
    std::vector<json> lines;
    for (std::string line; std::getline(text, line);) lines.push_back(json::parse(line));
    return lines;
  }
  // The same steps, losses and evaluations but for rounding, which grows with the steps.
  void expect_same_curve(const std::string& one, const std::string& other, double tolerance = 1e-6) const {
    const std::vector<json> a = history(one);
    const std::vector<json> b = history(other);
    ASSERT_GT(a.size(), 20U);
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      ASSERT_EQ(a[i]["step"], b[i]["step"]);
      ASSERT_EQ(a[i].contains("loss"), b[i].contains("loss"));
      const auto figure = [&](const json& line) {
        return (line.contains("loss") ? line["loss"] : line["validation"]["negative_log_likelihood"]).get<double>();
      };
      EXPECT_NEAR(figure(a[i]), figure(b[i]), tolerance * std::max(1.0, figure(a[i]))) << a[i] << b[i];
    }
  }

  std::string out(const std::string& name) const { return folder_ / name; }

  // Everything that training can weigh texts by; one epoch.
  const std::vector<std::string> recipe_ = {
      "--epochs",          "1",   "--dropout", "0",   "--class-weights", "balanced",
      "--label-smoothing", "0.1", "--masking", "0.5", "--ema",           "0.9"};
  std::vector<std::string> with(const std::vector<std::string>& more) const { return joined(recipe_, more); }
  // Longer, without the ranking of tokens, of which a tie may fall otherwise after many steps.
  std::vector<std::string> longer(const std::string& name, const std::vector<std::string>& flags = {}) const {
    std::vector<std::string> all = with({"--epochs", "3", "--sufficiency", "0", "--out", out(name)});
    all.insert(all.end(), flags.begin(), flags.end());
    return all;
  }
};

TEST_F(Parallel, AnyNumberOfProcessesHasTheSameLossCurve) {
  ASSERT_EQ(run(with({"--out", out("one")})), 0);
  for (const int size : {2, 4}) {
    const std::string name = "of" + std::to_string(size);
    run_all(size, with({"--out", out(name)}));
    expect_same_curve("one", name);
    const json training = json::parse(slurp(folder_ / name / "pellucid.json"))["training"];
    EXPECT_EQ(training["processes"], size);
    EXPECT_TRUE(training["finished"]);
    EXPECT_EQ(training["fingerprint"], json::parse(slurp(folder_ / "one/pellucid.json"))["training"]["fingerprint"]);
  }
  ASSERT_EQ(run(with({"--out", out("parts"), "--accumulate", "4"})), 0);
  expect_same_curve("one", "parts");
}

TEST_F(Parallel, DropoutFollowsTheTextsNotTheProcesses) {
  const std::vector<std::string> dropped = {"--epochs", "1", "--dropout", "0.3", "--r-drop", "0.5"};
  const auto to = [&](const std::string& name, std::vector<std::string> more = {}) {
    more.insert(more.end(), {"--out", out(name)});
    return joined(dropped, more);
  };
  ASSERT_EQ(run(to("one")), 0);
  run_all(3, to("three"));
  expect_same_curve("one", "three");
  run_all(2, to("six", {"--accumulate", "3"}));
  expect_same_curve("one", "six");
}

TEST_F(Parallel, AProcessWithoutTextsInAStepAddsNothing) {
  const std::vector<std::string> few = with({"--batch-tokens", "16"});  // one text or a few a step
  const auto to = [&](const std::string& name) { return joined(few, {"--out", out(name)}); };
  ASSERT_EQ(run(to("one")), 0);
  run_all(4, to("four"));
  expect_same_curve("one", "four");
}

TEST_F(Parallel, OtherSystemsTrainInSeveralProcessesToo) {
  for (const char* name : {"cnn", "mamba"}) {
    const std::string system = name;
    const std::vector<std::string> options = {"--system", system, "--epochs", "1", "--dropout", "0"};
    const auto to = [&](const std::string& folder) { return joined(options, {"--out", out(folder)}); };
    ASSERT_EQ(run(to(system + "1")), 0);
    run_all(2, to(system + "2"));
    expect_same_curve(system + "1", system + "2");
  }
}

TEST_F(Parallel, AKilledProcessEndsAllWithOneMessageAndResumesInAnyNumber) {
  ASSERT_EQ(run(longer("whole")), 0);
  for (const int killed : {1, 0}) {
    const std::string name = "killed" + std::to_string(killed);
    // Gloo can miss that the other end is gone (seen once in many runs): what is left then ends by the timeout.
    const std::vector<pid_t> children = start_all(3, longer(name, {"--timeout", "20"}));
    ASSERT_TRUE(wait_for_lines(name, 10));
    kill(children[killed], SIGKILL);
    const std::vector<int> statuses = finish_all(children);
    for (int rank = 0; rank < 3; ++rank) EXPECT_EQ(statuses[rank], rank == killed ? 128 + SIGKILL : 1);
    EXPECT_NE(complaints(3).find("lost one of the 3 processes"), std::string::npos) << complaints(3);
    // With the first the store is gone too, and nobody knows what others have said.
    if (killed != 0) expect_one_complaint(3, "--resume");
    run_all(2, longer(name, {"--resume"}));
    expect_same_curve("whole", name, 1e-4);
  }
}

TEST_F(Parallel, InterruptedTogetherAndResumedByOne) {
  ASSERT_EQ(run(longer("whole")), 0);
  const std::vector<pid_t> children = start_all(2, longer("cut"));
  ASSERT_TRUE(wait_for_lines("cut", 10));
  kill(children[1], SIGINT);  // one is enough
  EXPECT_EQ(finish_all(children), (std::vector<int>{130, 130})) << complaints(2);
  expect_one_complaint(2, "--resume goes on");
  ASSERT_EQ(run(longer("cut", {"--resume"})), 0) << slurp(folder_ / "stderr");
  expect_same_curve("whole", "cut", 1e-4);

  const std::string before = slurp(folder_ / "cut/pellucid.json");
  run_all(2, longer("cut", {"--resume"}));
  EXPECT_EQ(slurp(folder_ / "cut/pellucid.json"), before) << "a finished run stays as it is";
}

TEST_F(Parallel, AProcessThatNeverComesOrHangsIsGivenUp) {
  const std::vector<std::string> words = command(with({"--out", out("alone"), "--timeout", "1"}));
  EXPECT_EQ(finish(start_program(words, "stderr0", process_of(0, 2, free_port()))), 1);
  expect_one_complaint(1, "did not meet them all");

  const std::vector<pid_t> children = start_all(2, with({"--out", out("hung"), "--epochs", "100", "--timeout", "10"}));
  ASSERT_TRUE(wait_for_lines("hung", 10));
  kill(children[1], SIGSTOP);
  EXPECT_EQ(finish(children[0]), 1);
  expect_one_complaint(2, "lost one of the 2 processes");
  kill(children[1], SIGKILL);
  finish(children[1]);
}

TEST_F(Parallel, ProcessesThatWereStartedOtherwiseAreRefused) {
  const auto refused = [&](const std::vector<std::vector<std::string>>& own, const std::string& words) {
    EXPECT_EQ(finish_all(start_all(2, with({"--out", out("refused")}), own)), (std::vector<int>{2, 2}));
    expect_one_complaint(2, words);
  };
  refused({{}, {"--learning-rate", "0.1"}}, "same options");
  refused({{"--contrastive", "0.1"}, {"--contrastive", "0.1"}}, "--contrastive");
  const auto wrong = [&](const Environment& environment, const std::string& words) {
    EXPECT_EQ(finish(start_program(command({"--out", out("refused")}), "stderr0", environment)), 2);
    expect_one_complaint(1, words);
  };
  wrong({{"WORLD_SIZE", "2"}}, "RANK: expected a value");
  wrong({{"WORLD_SIZE", "2"}, {"RANK", "2"}}, "RANK: expected a number from 0 to 1, found '2'");
  wrong({{"WORLD_SIZE", "2"}, {"RANK", "1"}, {"LOCAL_RANK", "x"}},
        "LOCAL_RANK: expected a number from 0 to 1, found 'x'");
  wrong({{"WORLD_SIZE", "two"}}, "WORLD_SIZE");
}

TEST_F(Parallel, AProcessThatCannotReadItsFilesSaysSoOnce) {
  const std::vector<int> statuses =
      finish_all(start_all(2, with({"--out", out("refused")}), {{}, {"--data", out("nothing.csv")}}));
  EXPECT_EQ(statuses, (std::vector<int>{1, 1}));
  expect_one_complaint(2, "nothing.csv");
}

TEST_F(Parallel, TorchrunStartsIt) {
  const std::filesystem::path torchrun = std::filesystem::path(PELLUCID_SOURCE_DIR) / "var/venv/bin/torchrun";
  if (!std::filesystem::exists(torchrun)) GTEST_SKIP() << "no " << torchrun << "; scripts/setup brings it";
  std::vector<std::string> words = {torchrun, "--standalone", "--no-python", "--nproc-per-node", "2"};
  const std::vector<std::string> own = command(with({"--out", out("two")}));
  words.push_back(std::string(PELLUCID_BINARY_DIR) + "/pellucid");
  words.insert(words.end(), own.begin() + 1, own.end());
  ASSERT_EQ(finish(start_program(words, "stderr")), 0) << slurp(folder_ / "stderr");
  ASSERT_EQ(run(with({"--out", out("one")})), 0);
  expect_same_curve("one", "two");
}

// In processes of their own, which a test of Parallel starts: buckets of one parameter, of a few, of all; a process
// without a gradient; sums twice in a row.
TEST(ParallelWorker, DISABLED_AddsGradientsUp) {
  Result<Collective> collective = Collective::join(std::chrono::seconds(60));
  ASSERT_TRUE(collective) << describe(collective.error());
  const int size = collective->size();
  ASSERT_GT(size, 1);
  for (const std::size_t bucket_bytes : {1, 500, 1 << 20}) {
    Model model = tiny_model(Adjust::top, 2);
    require_gradients(model, true);
    GradientSums sums(model, *collective, bucket_bytes);
    const auto backward = [&](int text) {
      PackedBatch batch;
      batch.add(std::vector<std::int32_t>{2, 10 + text, 11, 12 + text, 3});
      (model.forward(to_tensors(batch, torch::kCPU), {}).logits.square().sum() * (1 + text)).backward();
    };
    const auto gradients = [&] {
      std::vector<torch::Tensor> all;
      model.visit([&](const std::string&, torch::Tensor& tensor) {
        const torch::Tensor gradient = tensor.grad().defined() ? tensor.grad() : torch::zeros_like(tensor);
        all.push_back(gradient.to_dense().flatten());
        tensor.mutable_grad().reset();
      });
      return torch::cat(all);
    };
    std::vector<std::int32_t> reachable = {29, 2, 3, 11, 3};  // the first has no gradient
    for (int text = 0; text < size; ++text) reachable.insert(reachable.end(), {10 + text, 12 + text});
    for (int text = 0; text + 1 < size; ++text) backward(text);
    const torch::Tensor expected = gradients();
    for (int repeat = 0; repeat < 2; ++repeat) {
      sums.begin(reachable);
      if (collective->rank() + 1 < size) {  // the last has nothing
        sums.send_as_they_come();
        backward(collective->rank());
      }
      const torch::Tensor figures = torch::full({2}, collective->rank(), torch::kFloat64);
      ASSERT_TRUE(sums.finish(figures));
      EXPECT_EQ(figures[1].item<double>(), size * (size - 1) / 2.0);
      EXPECT_EQ(model.word_embeddings().grad().coalesce().indices().numel(), 3 + size) << "not all that are reachable";
      EXPECT_LT((gradients() - expected).norm().item<double>(), 1e-6 * expected.norm().item<double>());
    }
  }
  std::string text = collective->first() ? "said by the first" : "";
  ASSERT_TRUE(collective->broadcast(text));
  EXPECT_EQ(text, "said by the first");
  EXPECT_TRUE(*collective->agree("same"));
  EXPECT_FALSE(*collective->agree(std::to_string(collective->rank() / 2)));
  ASSERT_TRUE(collective->meet());
}

TEST_F(Parallel, GradientsAddUpInBucketsOfAnySize) {
  EXPECT_EQ(finish_all(start_workers("AddsGradientsUp")), (std::vector<int>{0, 0, 0})) << complaints(3);
}

// The second gives up: the first, which has the store, meets a lost connection at once, and nothing that the third
// waits for fails.
TEST(ParallelWorker, DISABLED_GivesUp) {
  Result<Collective> collective = Collective::join(std::chrono::seconds(60));
  ASSERT_TRUE(collective) << describe(collective.error());
  if (collective->rank() == 2) {
    std::this_thread::sleep_for(std::chrono::minutes(1));
    return;
  }
  if (collective->rank() == 0) {
    ASSERT_TRUE(collective->meet());
    return;
  }
  if (collective->may_complain()) std::fputs("the only complaint\n", stderr);
  collective->give_up(7);
}

TEST_F(Parallel, OneThatGivesUpEndsAll) {
  EXPECT_EQ(finish_all(start_workers("GivesUp")), (std::vector<int>{7, 7, 7})) << complaints(3);
  expect_one_complaint(3, "the only complaint");
}

}  // namespace
}  // namespace pellucid::train
