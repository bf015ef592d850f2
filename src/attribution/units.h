// From pieces to the units a person reads: words (default), pieces, sentences. A coarser score is the
// sum of the finer ones.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "error/error.h"
#include "text/tokenizer.h"

namespace pellucid {

enum class Unit { piece, word, sentence };
Result<Unit> unit_from_name(std::string_view name);
std::string_view name_of(Unit unit);

// The units of one text, in order; `unit_of` has -1 for special tokens. Pieces that share bytes (of a
// character that was expanded into several) share a unit. The white space at a unit's ends is not part of its range.
struct Units {
  std::vector<ByteRange> ranges;      // [u] bytes of the text; ascending, without overlap
  std::vector<std::int32_t> unit_of;  // [n] for each piece
};

Units units_of(std::string_view text, const Encoding& encoding, Unit unit);
std::vector<double> unit_scores(const Units& units, std::span<const double> piece_scores);  // [u]

// Removal on ids: [MASK] in place of each piece (default), the piece deleted, [UNK] in its place.
enum class Removal { mask, erase, unknown };
Result<Removal> removal_from_name(std::string_view name);  // "mask", "delete", "unk"
std::string_view name_of(Removal removal);

// `keep` [u]: false removes the unit. Special tokens always stay.
std::vector<std::int32_t> remove_units(const Encoding& encoding, const Units& units, const std::vector<bool>& keep,
                                       Removal removal, const SpecialTokens& specials);

}  // namespace pellucid
