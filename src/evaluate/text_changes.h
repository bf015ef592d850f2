// Changes of a text that should not change what it means, one word for one word.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/tokenizer.h"

namespace pellucid {

// Runs of ASCII letters: what with_typos can change.
std::vector<ByteRange> letter_runs(std::string_view text);

// Two neighbouring inner letters swapped in a third (at least one) of the words that have four ASCII letters or
// more, two of them different neighbours inside; seeded. `words` are the bytes of words that may change. The text as it
// is where none can.
std::string with_typos(std::string_view text, std::span<const ByteRange> words, std::uint64_t seed);

// The same in `share` of the words that can take it, rounded.
std::string with_typos(std::string_view text, std::span<const ByteRange> words, double share, std::uint64_t seed);

// Every word with an entry in a short hand-made list of English synonyms (said, company, big, …) replaced, its
// first letter's case kept. The list has words that stand for each other in most sentences of news and reviews; it is
// no thesaurus.
std::string with_synonyms(std::string_view text, std::span<const ByteRange> words);

}  // namespace pellucid
