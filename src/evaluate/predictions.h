// Predictions of texts with units removed: asked for one by one, computed together in packed batches,
// each distinct sequence of ids once. All methods and measures of a chunk of texts share one of these.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "data/random.h"
#include "evaluate/ranking.h"
#include "runtime/classifier.h"

namespace pellucid {

class Predictions {
 public:
  Predictions(Classifier& classifier, Removal removal, std::size_t batch_tokens = 8192)
      : classifier_(classifier), removal_(removal), batch_tokens_(batch_tokens) {}

  // Asks for a text; the same ids give the same variant. Its logits are there after run().
  using Variant = std::size_t;
  Variant add(std::vector<std::int32_t> ids);
  Variant add(const Encoding& encoding, const Units& units, const std::vector<bool>& keep);

  void run();  // computes what was asked for since

  std::span<const float> logits(Variant variant) const;           // [C]
  double probability(Variant variant, std::int32_t label) const;  // f_c
  double explained(Variant variant, std::int32_t label) const;    // z_c − mean of all z: what softmax sees
  std::size_t distinct() const { return index_.size(); }          // texts asked for so far

 private:
  struct Hash {
    std::size_t operator()(const std::vector<std::int32_t>& ids) const { return hash_of(ids); }
  };

  Classifier& classifier_;
  Removal removal_;
  std::size_t batch_tokens_;
  std::unordered_map<std::vector<std::int32_t>, Variant, Hash> index_;
  std::vector<std::vector<std::int32_t>> waiting_;  // the last variants, not computed yet
  std::vector<float> logits_;                       // [computed, C]
};

}  // namespace pellucid
