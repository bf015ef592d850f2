// The exact decomposition averaged over randomly masked copies of the text (method.md section 3): it
// sees what a single pass cannot, evidence that is redundant or saturated in the whole text. Copies
// come in pairs, what one keeps the other removes, so every unit is kept in half of them.
//
// A token's score is its mean over the copies that keep it. `bias` is the mean over the copies of what
// goes to biases, special tokens and the [MASK]s, so that half of the scores + bias is the mean of f
// over the copies; f of the text itself is not decomposed, and the residual says by how much.
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

Copy copy_of(const Input& input, const std::vector<bool>& keep, Removal removal, const SpecialTokens& specials) {
  Copy copy;
  copy.encoding.ids = remove_units(*input.encoding, *input.units, keep, removal, specials);
  for (std::size_t i = 0; i < input.encoding->ids.size(); ++i) {
    const std::int32_t unit = input.units->unit_of[i];
    const bool kept = unit < 0 || keep[static_cast<std::size_t>(unit)];
    if (!kept && removal == Removal::erase) continue;
    copy.tokens.push_back(i);
    copy.kept.push_back(kept);
    copy.encoding.words.push_back(input.encoding->words[i]);
  }
  return copy;
}

// Half of the units each, in complementary pairs.
std::vector<Copy> copies_of(const Input& input, const MethodOptions& options, const SpecialTokens& specials) {
  const std::size_t pairs = ((options.samples == 0 ? kMaskedCopies : options.samples) + 1) / 2;
  SplitMix64 random = random_of(options.seed, *input.encoding);
  std::vector<Copy> copies;
  std::vector<bool> keep(input.units->ranges.size());
  for (std::size_t pair = 0; pair < pairs; ++pair) {
    for (std::size_t u = 0; u < keep.size(); ++u) keep[u] = random.next() >> 63 != 0;
    copies.push_back(copy_of(input, keep, options.removal, specials));
    keep.flip();
    copies.push_back(copy_of(input, keep, options.removal, specials));
  }
  return copies;
}

// The mean of the copies' decompositions `found`.
void average(std::span<const Copy> copies, std::span<const Attribution> found, Attribution& result) {
  const auto count = static_cast<double>(copies.size());
  result.forward_equivalents = 1;  // of the whole text, for its class
  for (std::size_t c = 0; c < copies.size(); ++c) {
    for (std::size_t k = 0; k < copies[c].tokens.size(); ++k) {
      const double score = found[c].scores[k];
      if (copies[c].kept[k]) {
        result.scores[copies[c].tokens[k]] += score / (count / 2);
      } else {
        result.bias += score / count;
      }
    }
    result.bias += found[c].bias / count;
    result.special += found[c].special / count;
    result.forward_equivalents += found[c].forward_equivalents;
  }
  result.residual = result.explained - result.bias - std::accumulate(result.scores.begin(), result.scores.end(), 0.0);
}

}  // namespace

Result<std::vector<Attribution>> expected_decomposition(Classifier& classifier, std::span<const Input> inputs,
                                                        const MethodOptions& options) {
  std::vector<Attribution> results = predictions(classifier, inputs, options);
  std::vector<std::vector<Copy>> copies;
  std::vector<Input> masked;
  for (const Input& input : inputs) copies.push_back(copies_of(input, options, classifier.tokenizer().specials()));
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    // The whole text's class, whatever a copy would be taken for.
    for (const Copy& copy : copies[i]) masked.push_back({&copy.encoding, nullptr, results[i].target});
  }
  PELLUCID_TRY(const std::vector<Attribution> found, decomposition(classifier, masked, options));
  std::span<const Attribution> rest(found);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    average(copies[i], rest.first(copies[i].size()), results[i]);
    rest = rest.subspan(copies[i].size());
  }
  return results;
}

}  // namespace pellucid
