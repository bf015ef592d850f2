// The exact decomposition averaged over randomly masked copies of the text (method.md section 3): it
// sees what a single pass cannot, evidence that is redundant or saturated in the whole text. Copies
// come in pairs, what one keeps the other removes, so every unit is kept in half of them.
//
// Where no other class is named, a copy is decomposed against the classes that it would be taken for instead
// (kOthers), since without half of its words a text is seldom in doubt about all of them.
//
// A token's score is its mean over the copies that keep it. `bias` is the mean over the copies of what
// goes to biases, special tokens and the [MASK]s, so that half of the scores + bias is the mean of the
// copies' functionals; f of the text itself is not decomposed, and the residual says by how much.
#include <algorithm>
#include <numeric>

#include "attribution/methods/methods.h"
#include "attribution/passes.h"

namespace pellucid {
namespace {

struct Copy {
  Encoding encoding;                // what is left, marks included
  std::vector<std::size_t> tokens;  // of the text: where each of the copy's comes from
  std::vector<bool> kept;           // whether it is the text's own token there
};

Copy copy_of(const Text& text, const std::vector<bool>& keep, Removal removal, const SpecialTokens& specials) {
  Copy copy;
  copy.encoding.ids = remove_units(*text.encoding, *text.units, keep, removal, specials);
  for (std::size_t i = 0; i < text.encoding->ids.size(); ++i) {
    const std::int32_t unit = text.units->unit_of[i];
    const bool kept = unit < 0 || keep[static_cast<std::size_t>(unit)];
    if (!kept && removal == Removal::erase) continue;
    copy.tokens.push_back(i);
    copy.kept.push_back(kept);
    copy.encoding.words.push_back(text.encoding->words[i]);
  }
  return copy;
}

// Half of the units each, in complementary pairs.
std::vector<Copy> copies_of(const Text& text, const MethodOptions& options, const SpecialTokens& specials) {
  const std::size_t pairs = ((options.samples == 0 ? kMaskedCopies : options.samples) + 1) / 2;
  SplitMix64 random = random_of(options.seed, *text.encoding);
  std::vector<Copy> copies;
  std::vector<bool> keep(text.units->ranges.size());
  for (std::size_t pair = 0; pair < pairs; ++pair) {
    for (std::size_t u = 0; u < keep.size(); ++u) keep[u] = random.next() >> 63 != 0;
    copies.push_back(copy_of(text, keep, options.removal, specials));
    keep.flip();
    copies.push_back(copy_of(text, keep, options.removal, specials));
  }
  return copies;
}

// The mean of the copies' decompositions: `found` holds those of all targets of each copy, one after
// another, and begins with this target's.
void average(std::span<const Copy> copies, std::span<const Attribution> found, std::size_t targets,
             Attribution& result) {
  const auto count = static_cast<double>(copies.size());
  for (std::size_t c = 0; c < copies.size(); ++c) {
    const Attribution& one = found[c * targets];
    for (std::size_t k = 0; k < copies[c].tokens.size(); ++k) {
      if (copies[c].kept[k]) {
        result.scores[copies[c].tokens[k]] += one.scores[k] / (count / 2);
      } else {
        result.bias += one.scores[k] / count;
      }
    }
    result.bias += one.bias / count;
    result.special += one.special / count;
    result.forward_equivalents += one.forward_equivalents;
  }
  result.residual = result.explained - result.bias - std::accumulate(result.scores.begin(), result.scores.end(), 0.0);
}

}  // namespace

Result<std::vector<Attribution>> expected_decomposition(Classifier& classifier, std::span<const Input> inputs,
                                                        const MethodOptions& options) {
  std::vector<Attribution> results = predictions(classifier, inputs, options);
  const std::vector<Text> texts = texts_of(inputs);
  std::vector<std::vector<Copy>> copies;
  for (const Text& text : texts) copies.push_back(copies_of(text, options, classifier.tokenizer().specials()));
  std::vector<Input> masked;
  for (std::size_t t = 0; t < texts.size(); ++t) {
    for (const Copy& copy : copies[t]) {
      // The whole text's class, whatever a copy would be taken for.
      for (const std::size_t i : texts[t].inputs) {
        const auto [label, against] = results[i].target;
        masked.push_back({&copy.encoding, nullptr, {label, against == kMean ? kOthers : against}});
      }
    }
  }
  PELLUCID_TRY(const std::vector<Attribution> found, decomposition(classifier, masked, options));
  std::span<const Attribution> rest(found);
  for (std::size_t t = 0; t < texts.size(); ++t) {
    const std::size_t targets = texts[t].inputs.size();
    for (std::size_t k = 0; k < targets; ++k) {
      average(copies[t], rest.subspan(k), targets, results[texts[t].inputs[k]]);
    }
    rest = rest.subspan(copies[t].size() * targets);
  }
  return results;
}

}  // namespace pellucid
