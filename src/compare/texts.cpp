#include "compare/texts.h"

#include <nlohmann/json.hpp>
#include <numeric>
#include <unordered_set>

#include "data/reader.h"
#include "data/split.h"
#include "error/listed.h"
#include "files/atomic_file.h"
#include "files/sha256.h"

namespace pellucid::compare {
namespace {

namespace fs = std::filesystem;

std::vector<std::size_t> first(std::size_t n) {
  std::vector<std::size_t> indices(n);
  std::iota(indices.begin(), indices.end(), std::size_t{0});
  return indices;
}

Result<std::vector<std::int32_t>> indices_of(const std::vector<Example>& examples, const LabelSet& labels,
                                             const fs::path& file) {
  std::vector<std::int32_t> indices;
  for (const Example& example : examples) {
    const auto label = labels.index(*example.label);
    if (!label) {
      return fail(ErrorCode::format,
                  "label \"" + *example.label + "\" does not occur in the training texts, whose labels are " +
                      listed(labels.names()) + "; correct it, or leave the text out",
                  file.string() + ":" + std::to_string(example.line));
    }
    indices.push_back(*label);
  }
  return indices;
}

// The plan's files are three different ones, whatever they are called.
Result<void> check_different(const Plan& plan, Texts& texts) {
  PELLUCID_TRY(texts.data_sha256, sha256_file(plan.data));
  PELLUCID_TRY(texts.test_sha256, sha256_file(plan.test));
  std::string validation;
  if (!plan.validation.empty()) {
    PELLUCID_TRY(validation, sha256_file(plan.validation));
  }
  const auto refuse = [&](const fs::path& one, const fs::path& other, const std::string& why) {
    return fail(ErrorCode::usage,
                "expected a file of its own, found the same bytes as in " + other.string() + "; " + why, one.string());
  };
  if (texts.test_sha256 == texts.data_sha256) return refuse(plan.test, plan.data, "a test needs texts that are new");
  if (texts.test_sha256 == validation) {
    return refuse(plan.validation, plan.test, "weights and settings must not be chosen by the test texts");
  }
  if (texts.data_sha256 == validation) {
    return refuse(plan.validation, plan.data, "weights and settings must not be chosen by the training texts");
  }
  return {};
}

}  // namespace

std::string json_lines(std::span<const Example> examples) {
  std::string lines;
  for (const Example& example : examples) {
    const nlohmann::ordered_json line = {{"id", example.id}, {"text", example.text}, {"label", *example.label}};
    lines += line.dump() + "\n";
  }
  return lines;
}

Result<Texts> prepare_texts(const Plan& plan, const ReadOptions& reading, const fs::path& out) {
  Texts texts;
  PELLUCID_CHECK(check_different(plan, texts));
  ReadOptions options = reading;
  options.labels_required = true;
  const auto read = [&](const fs::path& file) {
    SkippedRows skipped;
    auto examples = read_examples(file, options, &skipped);
    texts.skipped_rows += skipped.count;
    return examples;
  };
  PELLUCID_TRY(const std::vector<Example> data, read(plan.data));
  texts.data_texts = data.size();
  const LabelSet all_labels = LabelSet::of(data);
  if (all_labels.size() < 2) {
    return fail(ErrorCode::format, "expected texts of two labels or more, found " + std::to_string(all_labels.size()),
                plan.data.string());
  }
  PELLUCID_TRY(const std::vector<std::int32_t> labels, indices_of(data, all_labels, plan.data));

  const std::uint64_t seed = plan.seeds.front();
  std::vector<std::size_t> used = first(data.size());
  if (plan.subset > data.size()) {
    return fail(ErrorCode::usage,
                "subset: expected at most the " + std::to_string(data.size()) + " texts of " + plan.data.string() +
                    ", found " + std::to_string(plan.subset),
                plan.file.string());
  }
  if (plan.subset > 0 && plan.subset < data.size()) {
    used = stratified_split(labels, static_cast<double>(plan.subset) / static_cast<double>(data.size()), seed).held_out;
  }
  std::vector<std::size_t> train = used;
  if (plan.validation.empty()) {
    std::vector<std::int32_t> own;
    for (const std::size_t i : used) own.push_back(labels[i]);
    const Split split = stratified_split(own, plan.hold_out, seed);
    train.clear();
    for (const std::size_t i : split.train) train.push_back(used[i]);
    for (const std::size_t i : split.held_out) texts.validation_examples.push_back(data[used[i]]);
  } else {
    PELLUCID_TRY(texts.validation_examples, read(plan.validation));
  }
  if (train.empty() || texts.validation_examples.empty()) {
    return fail(ErrorCode::format,
                "expected enough texts to hold some out for validation, found " + std::to_string(used.size()) +
                    "; give more, or a validation file",
                plan.data.string());
  }
  const std::vector<Example> train_examples = selected(data, train);
  texts.labels = LabelSet::of(train_examples);
  texts.train_texts = train.size();
  PELLUCID_CHECK(
      indices_of(texts.validation_examples, texts.labels, plan.validation.empty() ? plan.data : plan.validation));

  PELLUCID_TRY(texts.test, read(plan.test));
  PELLUCID_TRY(texts.gold, indices_of(texts.test, texts.labels, plan.test));
  std::unordered_set<std::string_view> seen;
  for (const Example& example : train_examples) seen.insert(example.text);
  for (const Example& example : texts.validation_examples) seen.insert(example.text);
  for (const Example& example : texts.test) texts.seen_in_training += seen.contains(example.text) ? 1 : 0;

  PELLUCID_TRY(texts.lock, FolderLock::take(out));
  const std::string train_lines = json_lines(train_examples);
  const std::string validation_lines = json_lines(texts.validation_examples);
  texts.train = out / "train.jsonl";
  texts.validation = out / "validation.jsonl";
  texts.train_sha256 = sha256(train_lines);
  texts.validation_sha256 = sha256(validation_lines);
  PELLUCID_CHECK(write_file(texts.train, train_lines));
  PELLUCID_CHECK(write_file(texts.validation, validation_lines));
  return texts;
}

}  // namespace pellucid::compare
