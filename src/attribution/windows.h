// Texts longer than the model reads, in overlapping windows. A text is cut into segments of at most half
// a window. Two neighbouring segments are a window; the first and the last are also windows of their
// own. So every piece lies in exactly two windows, with half its weight in each. The text's logits are
// the mean of its windows' logits, and its scores the mean of their scores (0 in a window without the
// piece): what adds up in every window adds up in the text.
#pragma once

#include <span>
#include <vector>

#include "attribution/method.h"
#include "runtime/classifier.h"
#include "text/tokenizer.h"

namespace pellucid {

struct Window {
  std::size_t first = 0;  // the piece of the whole encoding that stands first, behind [CLS]
  Encoding encoding;      // [CLS] … [SEP], at most max_length
};

// Whether the model reads enough at once for windows.
Result<void> check_windows(const Classifier& classifier);

// Cuts lie between words, but for words that are longer than a segment. A text that fits is one window:
// itself. max_length >= kShortestWindow.
inline constexpr std::size_t kShortestWindow = 4;
std::vector<Window> windows_of(const Encoding& text, std::size_t max_length);

// Encodings of any length -> logits [N, C].
std::vector<float> predict_in_windows(Classifier& classifier, std::span<const Encoding> texts,
                                      std::size_t batch_tokens);

// `method` on encodings of any length, with the class that the whole text is predicted to be. A text
// that fits is explained as without windows; for another the cost counts passes over single windows.
Result<std::vector<Attribution>> explain_in_windows(Classifier& classifier, const Method& method,
                                                    std::span<const Input> inputs, const MethodOptions& options);

}  // namespace pellucid
