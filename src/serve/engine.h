// Where requests of many clients become packed batches: a bounded queue and one thread that computes. A batch takes
// texts from all requests that ask for the same; a large request is served in parts, between which others have their
// turn.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "record/log.h"
#include "report/explain_texts.h"
#include "serve/refusal.h"
#include "serve/served_model.h"

namespace pellucid {

using Clock = std::chrono::steady_clock;

struct EngineOptions {
  std::size_t queue_texts = 512;           // waiting, of all requests; beyond: 429
  std::size_t batch_tokens = 4096;         // of predictions
  std::size_t batch_explanations = 16;     // texts times methods times classes
  std::chrono::microseconds gather{1000};  // how long a lonely text waits for company
  int threads = 1;
};

struct Answer {
  std::vector<std::string> items;     // JSON of each text, or of each of its explanations
  std::vector<std::int64_t> entries;  // of the decision log, where one is kept
};

// What one request asks for.
struct Work {
  std::shared_ptr<ServedModel> model;
  std::vector<Example> examples;
  ExplainOptions options;                 // of a prediction: long_texts alone counts
  std::optional<ExplainRequest> explain;  // nullopt: predict
  std::string key;                        // equal where texts may share a batch
  Clock::time_point deadline;
};

class Engine {
 public:
  struct Counts {
    std::uint64_t batches = 0, predicted = 0, explained = 0, recorded = 0;
    std::size_t waiting = 0;  // texts
  };

  // `log`: where decisions are recorded before they are answered; may be null. An error where the system does not let
  // so many threads start.
  static Result<std::unique_ptr<Engine>> start(const EngineOptions& options, std::unique_ptr<DecisionLog> log);
  ~Engine();  // stops
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Waits for the answer, at most until the deadline. What nobody waits for any more is not computed to its end.
  tl::expected<Answer, Refusal> run(Work work);
  // Gives up the batch under way; it, what waits and what comes are answered 503.
  void stop();
  Counts counts() const;

 private:
  struct Job;
  struct Part;
  Engine(const EngineOptions& options, std::unique_ptr<DecisionLog> log, std::promise<Result<void>> started);
  void compute_forever();
  void wait_for_company(std::unique_lock<std::mutex>& lock);
  std::vector<Part> next_batch();
  void compute(std::vector<Part>& batch);
  Result<void> compute_parts(std::vector<Part>& batch);

  EngineOptions options_;
  std::unique_ptr<DecisionLog> log_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Job>> queue_;
  Counts counts_;
  std::atomic<bool> stopping_ = false;  // set with the lock; read without it where a batch is computed
  std::thread thread_;                  // last: it uses the others
};

}  // namespace pellucid
