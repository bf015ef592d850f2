// Byte-level byte-pair encoding (Sennrich et al. 2016; Radford et al. 2019): a word starts as its bytes, and of all
// neighbours that a merge joins, those of the earliest merge are joined first. A heap of candidates makes that
// O(n log n) in the word's length.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "error/error.h"
#include "text/model.h"

namespace pellucid {

class BytePairs : public Model {
 public:
  using Merge = std::pair<std::string, std::string>;

  // `pieces` [id] and `merges`, in order, are written in the byte alphabet; a piece is empty where text must not
  // become it. `whole_words_first`: a word that is a piece is not merged ("ignore_merges").
  static Result<std::unique_ptr<Model>> make(std::span<const std::string> pieces, std::span<const Merge> merges,
                                             bool whole_words_first, const std::string& where);

  void add_pieces(const Word& word, Encoding& encoding) const override;

 private:
  struct Joined {
    std::uint64_t pair = kNoPair;
    std::int32_t rank = 0;
    std::int32_t id = 0;
  };
  static constexpr std::uint64_t kNoPair = ~std::uint64_t{0};

  void insert(std::int32_t left, std::int32_t right, std::int32_t rank, std::int32_t id);
  const Joined* find(std::int32_t left, std::int32_t right) const;  // null: no merge joins them

  std::array<std::int32_t, 256> bytes_{};                // [byte] its id
  std::vector<Joined> merges_;                           // open addressing, a power of two
  std::unordered_map<std::string, std::int32_t> words_;  // bytes to id; empty where merges come first
};

}  // namespace pellucid
