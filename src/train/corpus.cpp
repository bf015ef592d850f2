#include "train/corpus.h"

#include <algorithm>
#include <limits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "data/reader.h"
#include "data/split.h"
#include "error/listed.h"
#include "files/sha256.h"
#include "kernels/blocks.h"
#include "progress/interrupt.h"
#include "progress/progress.h"
#include "text/visible.h"

namespace pellucid::train {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kChunkTexts = 4096;  // tokenised together, where they have no more bytes than
constexpr std::size_t kChunkBytes = std::size_t{16} << 20;
constexpr std::ptrdiff_t kTaskTexts = 64;
constexpr const char* kInterrupted = "interrupted while the texts were read; run the command again";

// It is read more than once.
Result<void> check_regular(const fs::path& file) {
  std::error_code missing;  // which reading it will say
  const fs::file_status status = fs::status(file, missing);
  if (file != "-" && (missing || fs::is_regular_file(status) || fs::is_directory(status))) return {};
  return fail(ErrorCode::usage,
              "expected a file, which is read more than once, found a pipe or a device; write the texts to a file",
              file.string());
}

struct Labels {
  LabelSet set;
  std::vector<std::int32_t> of_texts;  // [N]
};

Result<Labels> read_labels(const fs::path& file, const ReadOptions& reading) {
  PELLUCID_TRY(ExampleReader reader, ExampleReader::open(file, reading));
  std::unordered_map<std::string, std::int32_t> numbers;
  std::vector<std::string> names;  // by number
  Labels labels;
  for (;;) {
    PELLUCID_TRY(std::optional<Example> example, reader.next());
    if (!example) break;
    const auto [known, is_new] = numbers.try_emplace(example->label.value(), static_cast<std::int32_t>(names.size()));
    if (is_new) names.push_back(known->first);
    labels.of_texts.push_back(known->second);
    if (labels.of_texts.size() % kChunkTexts == 0) PELLUCID_CHECK(check_interrupted(kInterrupted));
  }
  constexpr std::size_t kMost = std::numeric_limits<std::uint32_t>::max();
  if (labels.of_texts.size() > kMost) {
    return fail(ErrorCode::limit, "expected at most " + std::to_string(kMost) + " texts, found more", file.string());
  }
  labels.set = LabelSet::sorted(names);
  std::vector<std::int32_t> sorted;
  for (const std::string& name : names) sorted.push_back(*labels.set.index(name));
  for (std::int32_t& label : labels.of_texts) label = sorted[static_cast<std::size_t>(label)];
  return labels;
}

// Tokenises a file's texts and gives them one after another to `take(example, encoding)`.
template <class Take>
Result<void> encode(const fs::path& file, const ReadOptions& reading, const Tokenizer& tokenizer,
                    std::size_t max_length, Progress& progress, const Take& take) {
  PELLUCID_TRY(ExampleReader reader, ExampleReader::open(file, reading));
  for (bool more = true; more;) {
    std::vector<Example> chunk;
    for (std::size_t bytes = 0; chunk.size() < kChunkTexts && bytes < kChunkBytes;) {
      PELLUCID_TRY(std::optional<Example> example, reader.next());
      more = example.has_value();
      if (!more) break;
      bytes += example->text.size();
      chunk.push_back(std::move(*example));
    }
    std::vector<Encoding> encodings(chunk.size());
    for_each_block(std::ssize(chunk), kTaskTexts, [&](std::ptrdiff_t begin, std::ptrdiff_t end) {
      for (std::ptrdiff_t i = begin; i < end; ++i) encodings[i] = tokenizer.encode(chunk[i].text, max_length);
    });
    for (std::size_t i = 0; i < chunk.size(); ++i) PELLUCID_CHECK(take(chunk[i], encodings[i]));
    progress.advance(chunk.size());
    PELLUCID_CHECK(check_interrupted(kInterrupted));
  }
  if (const auto& [count, first] = reader.skipped(); count > 0) {
    progress.say(std::to_string(count) + (count == 1 ? " bad row" : " bad rows") +
                 " skipped, the first: " + one_line(first[0].where + ": " + first[0].why));
  }
  return {};
}

}  // namespace

Result<Corpus> load_corpus(const Options& options, const Tokenizer& tokenizer, std::size_t max_length,
                           const fs::path& scratch) {
  ReadOptions reading = options.reading;
  reading.labels_required = true;
  PELLUCID_CHECK(check_regular(options.data));
  if (!options.validation.empty()) PELLUCID_CHECK(check_regular(options.validation));
  // Which texts are held out depends on the labels of all.
  PELLUCID_TRY(const Labels labels, read_labels(options.data, reading));
  const std::size_t texts = labels.of_texts.size();
  if (labels.set.size() < 2) {
    return fail(ErrorCode::format,
                "expected texts of at least two labels, found " + std::to_string(texts) + " texts, all \"" +
                    labels.set.name(0) + "\"; a classifier needs something to tell apart",
                options.data.string());
  }
  const bool holds_out = options.validation.empty();
  const std::vector<bool> held =
      holds_out ? held_out(labels.of_texts, options.hold_out, options.seed) : std::vector<bool>(texts);
  const auto count = static_cast<std::size_t>(std::count(held.begin(), held.end(), true));
  if (holds_out && (count == 0 || count == texts)) {
    return fail(ErrorCode::format,
                "expected enough texts to hold some out for validation, found " + std::to_string(texts) +
                    "; give more, or name a validation file with --validation",
                options.data.string());
  }

  PELLUCID_TRY(EncodedTexts train, EncodedTexts::create(scratch, texts - count));
  PELLUCID_TRY(EncodedTexts validation, EncodedTexts::create(scratch, count));
  Corpus corpus{labels.set, std::move(train), std::move(validation), {}, {}};
  Progress progress("reading", texts, "texts", options.quiet);
  const auto changed = [&] {
    return fail(ErrorCode::io, "the file changed while it was read; run the command again", options.data.string());
  };
  std::size_t number = 0;
  const auto add = [&](const Example& example, const Encoding& encoding) -> Result<void> {
    const auto label = labels.set.index(*example.label);
    if (number == texts || label != labels.of_texts[number]) return changed();
    corpus.truncated += encoding.dropped > 0;
    EncodedTexts& own = held[number++] ? corpus.validation : corpus.train;
    return own.add(encoding.ids, *label, example.id);
  };
  PELLUCID_CHECK(encode(options.data, reading, tokenizer, max_length, progress, add));
  if (number < texts) return changed();
  PELLUCID_TRY(corpus.train_sha256, sha256_file(options.data));

  if (!holds_out) {
    const auto add_known = [&](const Example& example, const Encoding& encoding) -> Result<void> {
      const auto label = labels.set.index(*example.label);
      if (label) return corpus.validation.add(encoding.ids, *label, example.id);
      return fail(ErrorCode::format,
                  "label \"" + *example.label + "\" does not occur in the training data, whose labels are " +
                      listed(labels.set.names()) + "; correct it, or leave the text out",
                  options.validation.string() + ":" + std::to_string(example.line));
    };
    PELLUCID_CHECK(encode(options.validation, reading, tokenizer, max_length, progress, add_known));
    PELLUCID_TRY(corpus.validation_sha256, sha256_file(options.validation));
  }
  PELLUCID_CHECK(corpus.train.finish());
  PELLUCID_CHECK(corpus.validation.finish());
  return corpus;
}

}  // namespace pellucid::train
