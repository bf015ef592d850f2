// Words that may drive a class, chosen on one half of the texts by what explanations credit them with, and ordinary
// words to compare each with. Nothing of the other half, on which they are tested, enters.
#pragma once

#include <cstdint>
#include <vector>

#include "audit/texts.h"

namespace pellucid {

struct Candidate {
  std::int32_t label = 0;
  std::size_t word = 0;
  std::size_t texts = 0;              // of the choosing half predicted as the class that contain it
  double mean = 0;                    // contribution there
  std::vector<std::size_t> controls;  // forms of the same half, the most alike first; candidates of no class
};

struct CandidateOptions {
  std::size_t min_texts = 5;  // of all texts: half as many in the half that chooses
  std::size_t count = 20;     // a class, at most
};

inline constexpr std::size_t kControls = 50;  // of a candidate, at most

// Of each class the words with the largest mean contribution, above 0. Controls have as many pieces as the candidate,
// or nearly, and occur in about as many texts.
std::vector<Candidate> candidates(const AuditedTexts& audited, std::size_t classes, const CandidateOptions& options);

}  // namespace pellucid
