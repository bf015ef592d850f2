#include "serve/engine.h"

#include <algorithm>
#include <new>
#include <system_error>

#include "kernels/threads.h"
#include "progress/interrupt.h"
#include "report/prediction.h"

namespace pellucid {
namespace {

Refusal stopping() {
  return {503, "the service is stopping"};
}

Refusal too_late() {
  return {504, "there was no time to compute this before the request's deadline"};
}

}  // namespace

struct Engine::Job {
  Work work;
  std::vector<Encoding> encodings;  // of texts to predict: explaining reads them by itself
  std::size_t begun = 0;            // texts that were given to a batch
  Answer answer;
  std::promise<tl::expected<Answer, Refusal>> promise;

  std::size_t left() const { return work.examples.size() - begun; }
};

// Texts [first, end) of a job.
struct Engine::Part {
  std::shared_ptr<Job> job;
  std::size_t first = 0, end = 0;
};

Result<std::unique_ptr<Engine>> Engine::start(const EngineOptions& options, std::unique_ptr<DecisionLog> log) {
  std::promise<Result<void>> promise;
  std::future<Result<void>> started = promise.get_future();
  std::unique_ptr<Engine> engine;
  try {
    engine.reset(new Engine(options, std::move(log), std::move(promise)));
  } catch (const std::system_error& refused) {
    return fail(ErrorCode::io, std::string("expected to start a thread, found: ") + refused.what());
  }
  PELLUCID_CHECK(started.get());
  return engine;
}

Engine::Engine(const EngineOptions& options, std::unique_ptr<DecisionLog> log, std::promise<Result<void>> started)
    : options_(options), log_(std::move(log)), thread_([this, started = std::move(started)]() mutable {
        const Result<void> threads = use_threads(options_.threads);
        started.set_value(threads);
        if (threads) compute_forever();
      }) {}

Engine::~Engine() {
  stop();
  thread_.join();
}

void Engine::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
}

tl::expected<Answer, Refusal> Engine::run(Work work) {
  auto job = std::make_shared<Job>();
  job->work = std::move(work);
  if (!job->work.explain) {
    for (const Example& example : job->work.examples) {
      job->encodings.push_back(
          encode(*job->work.model->classifier, example.text, job->work.options.long_texts == "window"));
    }
  }
  std::future<tl::expected<Answer, Refusal>> answer = job->promise.get_future();
  const Clock::time_point deadline = job->work.deadline;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return tl::unexpected(stopping());
    // A request larger than the queue is let in where it is alone.
    if (counts_.waiting > 0 && counts_.waiting + job->left() > options_.queue_texts) {
      return tl::unexpected(Refusal{429, std::to_string(counts_.waiting) + " texts wait already; come back later"});
    }
    counts_.waiting += job->left();
    queue_.push_back(job);
  }
  changed_.notify_all();
  if (answer.wait_until(deadline) == std::future_status::ready) return answer.get();
  return tl::unexpected(too_late());
}

Engine::Counts Engine::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

void Engine::compute_forever() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
    if (stopping_) break;
    wait_for_company(lock);
    std::vector<Part> batch = next_batch();
    if (batch.empty()) continue;
    lock.unlock();
    compute(batch);
    batch.clear();
    lock.lock();
  }
  for (const auto& job : queue_) job->promise.set_value(tl::unexpected(stopping()));
  queue_.clear();
  counts_.waiting = 0;
}

// One request alone waits a little for others to share its batch; behind a batch there is company already.
void Engine::wait_for_company(std::unique_lock<std::mutex>& lock) {
  const std::size_t first = counts_.waiting;
  if (queue_.size() > 1) return;
  const auto end = Clock::now() + options_.gather;
  changed_.wait_until(lock, end, [&] { return stopping_ || counts_.waiting > first; });
}

// From the front job and all that have its key, in their order, while there is room. Called with the lock.
std::vector<Engine::Part> Engine::next_batch() {
  std::vector<Part> batch;
  std::string key;
  std::size_t used = 0;
  std::deque<std::shared_ptr<Job>> unfinished, rest;
  for (std::shared_ptr<Job>& job : queue_) {
    if (Clock::now() >= job->work.deadline) {  // nobody waits for it any more
      counts_.waiting -= job->left();
      continue;
    }
    if (batch.empty()) key = job->work.key;
    if (job->work.key != key) {
      rest.push_back(std::move(job));
      continue;
    }
    const std::size_t first = job->begun;
    while (job->left() > 0) {
      const bool explains = job->work.explain.has_value();
      const std::size_t cost = explains ? job->work.explain->each() : job->encodings[job->begun].ids.size();
      if (used > 0 && used + cost > (explains ? options_.batch_explanations : options_.batch_tokens)) break;
      used += cost;
      ++job->begun;
    }
    counts_.waiting -= job->begun - first;
    if (job->begun > first) batch.push_back({job, first, job->begun});
    if (job->left() > 0) unfinished.push_back(std::move(job));
  }
  queue_ = std::move(rest);
  std::ranges::move(unfinished, std::back_inserter(queue_));  // the others first
  return batch;
}

void Engine::compute(std::vector<Part>& batch) {
  const auto late = [&batch] {
    const Clock::time_point now = Clock::now();
    return std::ranges::all_of(batch, [now](const Part& part) { return now >= part.job->work.deadline; });
  };
  std::optional<Refusal> refused;
  bool given_up = false;
  try {
    const InterruptSource nobody_waits([&] { return stopping_ || late(); });
    if (const Result<void> done = compute_parts(batch); !done) refused = Refusal{500, describe(done.error())};
  } catch (const Interruption&) {
    refused = late() ? too_late() : stopping();
    given_up = true;
  } catch (const std::bad_alloc&) {
    refused = too_little_memory();
  } catch (const std::exception& bug) {
    refused = Refusal{500, bug.what()};
  }
  if (refused && !given_up && batch.size() > 1) {  // what hinders one must not hinder the others
    for (Part& part : batch) {
      std::vector<Part> alone{part};
      compute(alone);
    }
    return;
  }
  const std::lock_guard lock(mutex_);
  ++counts_.batches;
  for (const Part& part : batch) {
    Job& job = *part.job;
    (job.work.explain ? counts_.explained : counts_.predicted) += part.end - part.first;
    if (refused) {
      job.promise.set_value(tl::unexpected(*refused));
      const auto left = std::ranges::find(queue_, part.job);
      if (left != queue_.end()) {
        counts_.waiting -= job.left();
        queue_.erase(left);
      }
    } else if (part.end == job.work.examples.size()) {
      job.promise.set_value(std::move(job.answer));
    }
  }
}

Result<void> Engine::compute_parts(std::vector<Part>& batch) {
  const Work& first = batch.front().job->work;
  std::vector<Example> examples;
  std::vector<std::string> ids;
  std::vector<Encoding> encodings;
  for (const Part& part : batch) {
    for (std::size_t i = part.first; i < part.end; ++i) {
      examples.push_back(part.job->work.examples[i]);
      ids.push_back(examples.back().id);
      if (!first.explain) encodings.push_back(part.job->encodings[i]);
    }
  }
  std::vector<std::string> items;
  std::vector<Draft> drafts;
  const DecisionRecorder& recorder = first.model->recorder;
  if (first.explain) {
    PELLUCID_TRY(const auto found, explain_texts(*first.model->classifier, *first.explain, examples));
    for (const Explanation& explanation : found) {
      items.push_back(to_json(explanation));
      if (log_ == nullptr) continue;
      PELLUCID_TRY(drafts.emplace_back(), recorder.draft(explanation, first.options));
    }
  } else {
    PELLUCID_TRY(const auto found, predict_texts(*first.model->classifier, ids, encodings, options_.batch_tokens));
    for (std::size_t i = 0; i < found.size(); ++i) {
      items.push_back(to_json(found[i]));
      if (log_ == nullptr) continue;
      PELLUCID_TRY(drafts.emplace_back(), recorder.draft(found[i], examples[i].text, first.options.long_texts));
    }
  }
  std::vector<Entry> entries;
  if (log_ != nullptr) {
    PELLUCID_TRY(entries, log_->append(drafts));  // on the disk before anybody is answered
    const std::lock_guard lock(mutex_);
    counts_.recorded += entries.size();
  }
  std::size_t next = 0;
  for (const Part& part : batch) {
    const std::size_t each = first.explain ? first.explain->each() : 1;
    for (std::size_t k = 0; k < (part.end - part.first) * each; ++k, ++next) {
      part.job->answer.items.push_back(std::move(items[next]));
      if (!entries.empty()) part.job->answer.entries.push_back(entries[next].number);
    }
  }
  return {};
}

}  // namespace pellucid
