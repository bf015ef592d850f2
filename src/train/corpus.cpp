#include "train/corpus.h"

#include <algorithm>

#include "data/reader.h"
#include "data/split.h"
#include "error/listed.h"
#include "files/sha256.h"

namespace pellucid::train {
namespace {

Result<EncodedTexts> encode(const std::vector<Example>& examples, const LabelSet& labels, const Tokenizer& tokenizer,
                            std::size_t max_length, const std::filesystem::path& file) {
  EncodedTexts texts;
  texts.ids.resize(examples.size());
  std::vector<std::size_t> dropped(examples.size());
#pragma omp parallel for schedule(dynamic, 64)
  for (std::size_t i = 0; i < examples.size(); ++i) {
    Encoding encoding = tokenizer.encode(examples[i].text, max_length);
    texts.ids[i] = std::move(encoding.ids);
    dropped[i] = encoding.dropped;
  }
  for (std::size_t i = 0; i < examples.size(); ++i) {
    const auto label = labels.index(*examples[i].label);
    if (!label) {
      return fail(ErrorCode::format,
                  "label \"" + *examples[i].label + "\" does not occur in the training data, whose labels are " +
                      listed(labels.names()) + "; correct it, or leave the text out",
                  file.string() + ":" + std::to_string(examples[i].line));
    }
    texts.labels.push_back(*label);
    texts.names.push_back(examples[i].id);
    texts.truncated += dropped[i] > 0 ? 1 : 0;
    texts.dropped += dropped[i];
  }
  return texts;
}

}  // namespace

std::vector<std::size_t> EncodedTexts::lengths() const {
  std::vector<std::size_t> all;
  all.reserve(ids.size());
  for (const auto& text : ids) all.push_back(text.size());
  return all;
}

PackedBatch EncodedTexts::pack(const std::vector<std::size_t>& group) const {
  PackedBatch batch;
  for (const std::size_t text : group) batch.add(ids[text]);
  return batch;
}

EncodedTexts EncodedTexts::subset(const std::vector<std::size_t>& which) const {
  EncodedTexts part;
  for (const std::size_t text : which) {
    part.ids.push_back(ids[text]);
    part.labels.push_back(labels[text]);
    part.names.push_back(names[text]);
  }
  return part;
}

Result<Corpus> load_corpus(const Options& options, const Tokenizer& tokenizer, std::size_t max_length) {
  ReadOptions reading = options.reading;
  reading.labels_required = true;
  std::vector<SkippedRow> skipped;
  PELLUCID_TRY(const std::vector<Example> examples, read_examples(options.data, reading, &skipped));

  Corpus corpus;
  corpus.labels = LabelSet::of(examples);
  corpus.skipped_rows = skipped.size();
  if (corpus.labels.size() < 2) {
    return fail(ErrorCode::format,
                "expected texts of at least two labels, found " + std::to_string(examples.size()) + " texts, all \"" +
                    corpus.labels.name(0) + "\"; a classifier needs something to tell apart",
                options.data.string());
  }
  PELLUCID_TRY(corpus.train_sha256, sha256_file(options.data));
  PELLUCID_TRY(corpus.train, encode(examples, corpus.labels, tokenizer, max_length, options.data));

  if (!options.validation.empty()) {
    PELLUCID_TRY(const std::vector<Example> held_out, read_examples(options.validation, reading, &skipped));
    PELLUCID_TRY(corpus.validation_sha256, sha256_file(options.validation));
    PELLUCID_TRY(corpus.validation, encode(held_out, corpus.labels, tokenizer, max_length, options.validation));
    return corpus;
  }
  const Split split = stratified_split(corpus.train.labels, options.hold_out, options.seed);
  if (split.train.empty() || split.held_out.empty()) {
    return fail(ErrorCode::format,
                "expected enough texts to hold some out for validation, found " + std::to_string(examples.size()) +
                    "; give more, or name a validation file with --validation",
                options.data.string());
  }
  corpus.validation = corpus.train.subset(split.held_out);
  EncodedTexts train = corpus.train.subset(split.train);
  train.truncated = corpus.train.truncated;
  train.dropped = corpus.train.dropped;
  corpus.train = std::move(train);
  return corpus;
}

}  // namespace pellucid::train
