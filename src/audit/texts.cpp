#include "audit/texts.h"

#include <algorithm>
#include <map>

#include "data/label_index.h"
#include "data/random.h"
#include "evaluate/predictions.h"
#include "text/unicode.h"
#include "text/utf8.h"

namespace pellucid {
namespace {

constexpr std::size_t kTogether = 32;  // texts explained between two reports of progress
constexpr std::uint64_t kHalves = 1;   // the stream of random numbers that halves the texts

Result<AuditedText> read(const Classifier& classifier, Example example, WordForms& forms, std::uint64_t seed) {
  AuditedText text;
  text.encoding = classifier.tokenizer().encode(example.text, classifier.max_length());
  text.units = units_of(example.text, text.encoding, Unit::word);
  std::vector<std::vector<std::int32_t>> pieces(text.units.ranges.size());
  for (std::size_t i = 0; i < text.encoding.ids.size(); ++i) {
    const std::int32_t unit = text.units.unit_of[i];
    if (unit >= 0) pieces[static_cast<std::size_t>(unit)].push_back(text.encoding.ids[i]);
  }
  for (std::size_t u = 0; u < pieces.size(); ++u) {
    const ByteRange range = text.units.ranges[u];
    const auto bytes = std::string_view(example.text).substr(range.begin, range.end - range.begin);
    text.words.push_back(forms.add(bytes, pieces[u]));
  }
  if (example.label) {
    PELLUCID_TRY(text.gold, label_index(classifier.labels(), *example.label, ErrorCode::format, "text " + example.id));
  }
  text.selects = (SplitMix64(seed ^ hash_of(text.encoding.ids), kHalves).next() & 1) == 0;
  text.example = std::move(example);
  return text;
}

}  // namespace

std::string word_form(std::string_view bytes) {
  std::string form;
  for (std::size_t at = 0; at < bytes.size();) {
    const CodePoint c = decode(bytes, at);
    at += c.size;
    const unicode::Expansion lower = unicode::lower_case(c.value);
    for (std::size_t i = 0; i < lower.size; ++i) append_utf8(form, lower.points[i]);
  }
  return form;
}

std::size_t WordForms::add(std::string_view bytes, std::span<const std::int32_t> pieces) {
  std::string form = word_form(bytes);
  Occurrence occurrence(bytes, std::vector(pieces.begin(), pieces.end()));
  const auto [known, is_new] = numbers_.try_emplace(form, words_.size());
  if (is_new) words_.push_back({.form = std::move(form), .usual = occurrence, .occurrences = {}});
  Form& word = words_[known->second];
  const std::size_t times = ++word.occurrences[occurrence];
  if (times > word.occurrences[word.usual]) word.usual = std::move(occurrence);
  return known->second;
}

Result<AuditedTexts> explain_for_audit(Classifier& classifier, std::vector<Example> examples, const Method& method,
                                       const MethodOptions& options, const AuditProgress& progress) {
  AuditedTexts audited;
  for (Example& example : examples) {
    PELLUCID_TRY(AuditedText text, read(classifier, std::move(example), audited.words, options.seed));
    audited.labelled = audited.labelled || text.gold;
    audited.texts.push_back(std::move(text));
  }
  const std::size_t n = audited.texts.size();
  for (std::size_t first = 0; first < n; first += kTogether) {
    const std::size_t end = std::min(first + kTogether, n);
    std::vector<Input> inputs;  // of each text the predicted class, and the label's where there is one
    for (std::size_t t = first; t < end; ++t) {
      const AuditedText& text = audited.texts[t];
      inputs.push_back({&text.encoding, &text.units, {}});
      if (text.gold) inputs.push_back({&text.encoding, &text.units, {.label = *text.gold}});
    }
    PELLUCID_TRY(const std::vector<Attribution> found, method.explain(classifier, inputs, options));
    std::size_t at = 0;
    for (std::size_t t = first; t < end; ++t) {
      AuditedText& text = audited.texts[t];
      const Attribution& predicted = found[at++];
      PELLUCID_CHECK(check_finite(predicted.logits, "text " + text.example.id));
      text.predicted = predicted.target.label;
      text.logits = predicted.logits;
      text.probabilities = softmax(text.logits);
      text.scores = unit_scores(text.units, predicted.scores);
      if (text.gold) text.gold_scores = unit_scores(text.units, found[at++].scores);
    }
    if (progress && !progress("explaining", end, n)) {
      return fail(ErrorCode::interrupted, "interrupted; run the command again");
    }
  }
  return audited;
}

std::vector<std::pair<std::size_t, double>> word_sums(const AuditedText& text, const std::vector<double>& scores) {
  std::map<std::size_t, double> sums;
  for (std::size_t u = 0; u < scores.size(); ++u) sums[text.words[u]] += scores[u];
  return {sums.begin(), sums.end()};
}

bool contains(const AuditedText& text, std::size_t word) {
  return std::ranges::find(text.words, word) != text.words.end();
}

}  // namespace pellucid
