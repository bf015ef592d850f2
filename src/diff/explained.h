// Explanations of one text by two models, for the same question.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "attribution/method.h"
#include "diff/texts.h"
#include "diff/words.h"

namespace pellucid {

// What is asked of a text; labels are numbered as A's.
struct Question {
  std::size_t text = 0;  // of all texts
  Target target = {};
};

// One model's answer.
struct Answer {
  std::vector<ByteRange> words = {};
  std::vector<double> scores = {};  // [u] contributions to the target's functional
};

Result<std::vector<Answer>> explain_with(const ComparedModel& model, std::span<const DiffText> texts,
                                         std::span<const Question> questions, const Method& method,
                                         const MethodOptions& options, std::string_view what,
                                         const DiffProgress& progress);

struct ExplainedText {
  std::size_t text = 0;
  Target target = {};
  SharedWords words = {};
};

std::vector<ExplainedText> side_by_side(std::span<const Question> questions, std::span<const Answer> a,
                                        std::span<const Answer> b);

}  // namespace pellucid
