// What becomes of the places where a pattern matches when a text is split there; the five ways of the `tokenizers`
// package.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "error/error.h"
#include "text/pattern.h"
#include "text/pre_tokenizer.h"

namespace pellucid {

enum class SplitBehavior { removed, isolated, merged_with_previous, merged_with_next, contiguous };

// "Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"
Result<SplitBehavior> split_behavior_from_name(const std::string& name, const std::string& where);

// Splits each pre-token at the matches of `pattern`; `invert`: at what lies between them.
void split_at(PreTokens& tokens, const Pattern& pattern, SplitBehavior behavior, bool invert = false);

// A pattern of one character.
Pattern one_of(std::function<bool(char32_t)> holds);

}  // namespace pellucid
