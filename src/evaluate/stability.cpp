#include "evaluate/stability.h"

#include <omp.h>

#include <algorithm>
#include <numeric>

#include "evaluate/correlation.h"
#include "evaluate/predictions.h"
#include "evaluate/quality_study.h"
#include "evaluate/text_changes.h"
#include "kernels/threads.h"

namespace pellucid {
namespace {

// Texts as the model reads them, words as units.
struct Read {
  std::vector<std::string> texts;
  std::vector<Encoding> encodings;
  std::vector<Units> units;

  Read(const Classifier& classifier, std::vector<std::string> given) : texts(std::move(given)) {
    for (const std::string& text : texts) {
      encodings.push_back(classifier.tokenizer().encode(text, classifier.max_length()));
      units.push_back(units_of(text, encodings.back(), Unit::word));
    }
  }
};

struct Explained {
  std::vector<std::vector<double>> scores;  // [n][u]
  std::vector<std::int32_t> predicted;      // [n]
};

// `labels`: the classes to explain; empty: those that are predicted.
Result<Explained> explain(const Method& method, Classifier& classifier, const Read& read,
                          const std::vector<std::int32_t>& labels, const MethodOptions& options, bool alone) {
  std::vector<Input> inputs;
  for (std::size_t t = 0; t < read.texts.size(); ++t) {
    inputs.push_back({&read.encodings[t], &read.units[t], {.label = labels.empty() ? kPredicted : labels[t]}});
  }
  Explained explained;
  const std::size_t together = alone ? 1 : inputs.size();
  for (std::size_t first = 0; first < inputs.size(); first += together) {
    PELLUCID_TRY(const auto found, method.explain(classifier, std::span(inputs).subspan(first, together), options));
    for (std::size_t i = 0; i < found.size(); ++i) {
      explained.scores.push_back(unit_scores(read.units[first + i], found[i].scores));
      explained.predicted.push_back(argmax(found[i].logits));
    }
  }
  return explained;
}

// The texts `which` (indices into `before`), in the order in which `after` has them.
StabilityRow compared(std::string change, const Method& method, const Explained& before, const Explained& after,
                      std::span<const std::size_t> which, std::uint64_t seed) {
  std::vector<double> rho;
  std::vector<double> tau;
  std::vector<double> top;
  std::size_t changed = 0;
  for (std::size_t i = 0; i < which.size(); ++i) {
    const std::vector<double>& all_a = before.scores[which[i]];
    const std::vector<double>& all_b = after.scores[i];
    // Where the changed text has more pieces, it may have been cut earlier: what both have is compared.
    const std::size_t units = std::min(all_a.size(), all_b.size());
    const auto a = std::span(all_a).first(units);
    const auto b = std::span(all_b).first(units);
    if (units > 1) {
      rho.push_back(spearman(a, b));
      tau.push_back(kendall_tau(a, b));
      top.push_back(top_overlap(a, b, kTopUnits));
    }
    changed += before.predicted[which[i]] != after.predicted[i];
  }
  return {.change = std::move(change),
          .method = std::string(method.name),
          .n = which.size(),
          .spearman = mean(rho),
          .kendall = mean(tau),
          .top_overlap = mean(top),
          .spearman_interval = bootstrap_mean(rho, seed),
          .kendall_interval = bootstrap_mean(tau, seed),
          .top_overlap_interval = bootstrap_mean(top, seed),
          .predictions_changed = which.empty() ? 0 : static_cast<double>(changed) / static_cast<double>(which.size()),
          .changed_interval = wilson_interval(changed, which.size())};
}

// Words that are not among the strongest of the text's explanation.
std::vector<ByteRange> unimportant(const Units& units, const std::vector<double>& scores) {
  const std::vector<bool> keep = without_first(order_of(scores), std::min(kTopUnits, scores.size()));
  std::vector<ByteRange> words;
  for (std::size_t u = 0; u < keep.size(); ++u) {
    if (keep[u]) words.push_back(units.ranges[u]);
  }
  return words;
}

class Study {
 public:
  Study(Classifier& classifier, std::span<const Example> examples, std::span<const Method* const> methods,
        const StabilityOptions& options)
      : classifier_(classifier),
        methods_(methods),
        options_(options),
        read_(classifier, texts_of(classifier, examples)) {
    all_.resize(read_.texts.size());
    std::iota(all_.begin(), all_.end(), std::size_t{0});
  }

  Result<void> run(const std::function<bool(std::size_t)>& progress) {
    for (const Method* method : methods_) {
      PELLUCID_TRY(Explained found, explain(*method, classifier_, read_, {}, options_.method, false));
      before_.push_back(std::move(found));
    }
    std::size_t done = 0;
    for (const auto change : {&Study::alone, &Study::threads, &Study::precision, &Study::typos, &Study::synonyms}) {
      PELLUCID_CHECK((this->*change)());
      if (progress && !progress(++done))
        return fail(ErrorCode::interrupted, "interrupted while stability was measured");
    }
    return {};
  }

  std::vector<StabilityRow> rows() { return std::move(rows_); }

 private:
  // Texts of fewer than two words are left out: they have nothing to rank.
  static std::vector<std::string> texts_of(const Classifier& classifier, std::span<const Example> examples) {
    std::vector<std::string> texts;
    for (const Example& example : examples) {
      const Encoding encoding = classifier.tokenizer().encode(example.text, classifier.max_length());
      if (units_of(example.text, encoding, Unit::word).ranges.size() > 1) texts.push_back(example.text);
    }
    return texts;
  }

  Result<void> add(const std::string& change, Classifier& classifier, const Read& read,
                   std::span<const std::size_t> which, bool alone) {
    for (std::size_t m = 0; m < methods_.size(); ++m) {
      std::vector<std::int32_t> labels;
      for (const std::size_t t : which) labels.push_back(before_[m].predicted[t]);
      PELLUCID_TRY(const Explained after, explain(*methods_[m], classifier, read, labels, options_.method, alone));
      rows_.push_back(compared(change, *methods_[m], before_[m], after, which, options_.method.seed));
    }
    return {};
  }

  Result<void> alone() { return add("alone", classifier_, read_, all_, true); }

  Result<void> threads() {
    const ThreadsMeanwhile other(omp_get_max_threads() == 1 ? 2 : 1);
    return add("threads", classifier_, read_, all_, false);
  }

  Result<void> precision() {
    if (options_.other_precision == nullptr) return {};
    return add(std::string(name_of(options_.other_precision->precision())), *options_.other_precision, read_, all_,
               false);
  }

  Result<void> typos() {
    return add_changed("typos", [&](std::size_t t) {
      return with_typos(read_.texts[t], unimportant(read_.units[t], before_[0].scores[t]),
                        options_.method.seed ^ hash_of(read_.encodings[t].ids));
    });
  }

  Result<void> synonyms() {
    return add_changed("synonyms", [&](std::size_t t) { return with_synonyms(read_.texts[t], read_.units[t].ranges); });
  }

  template <class Change>
  Result<void> add_changed(const std::string& name, const Change& change) {
    std::vector<std::size_t> which;
    std::vector<std::string> texts;
    for (const std::size_t t : all_) {
      std::string changed = change(t);
      if (changed == read_.texts[t]) continue;
      which.push_back(t);
      texts.push_back(std::move(changed));
    }
    return add(name, classifier_, Read(classifier_, std::move(texts)), which, false);
  }

  Classifier& classifier_;
  std::span<const Method* const> methods_;
  const StabilityOptions& options_;
  Read read_;
  std::vector<std::size_t> all_;
  std::vector<Explained> before_;
  std::vector<StabilityRow> rows_;
};

}  // namespace

Result<std::vector<StabilityRow>> measure_stability(Classifier& classifier, std::span<const Example> examples,
                                                    std::span<const Method* const> methods,
                                                    const StabilityOptions& options,
                                                    const std::function<bool(std::size_t)>& progress) {
  if (methods.empty()) return std::vector<StabilityRow>();
  Study study(classifier, examples, methods, options);
  PELLUCID_CHECK(study.run(progress));
  return study.rows();
}

}  // namespace pellucid
