#include "diff/explained.h"

#include <algorithm>

namespace pellucid {
namespace {

constexpr std::size_t kTogether = 32;  // texts explained between two reports of progress

std::int32_t own_number(const ComparedModel& model, std::int32_t label) {
  return label < 0 ? label : model.own[static_cast<std::size_t>(label)];
}

}  // namespace

Result<std::vector<Answer>> explain_with(const ComparedModel& model, std::span<const DiffText> texts,
                                         std::span<const Question> questions, const Method& method,
                                         const MethodOptions& options, std::string_view what,
                                         const DiffProgress& progress) {
  Classifier& classifier = *model.classifier;
  std::vector<Answer> answers;
  for (std::size_t first = 0; first < questions.size(); first += kTogether) {
    const auto chunk = questions.subspan(first, std::min(kTogether, questions.size() - first));
    std::vector<Encoding> encodings;
    std::vector<Units> units;
    for (const Question& question : chunk) {
      const std::string& text = texts[question.text].example.text;
      encodings.push_back(classifier.tokenizer().encode(text, classifier.max_length()));
      units.push_back(units_of(text, encodings.back(), Unit::word));
    }
    std::vector<Input> inputs;
    for (std::size_t i = 0; i < chunk.size(); ++i) {
      const Target& asked = chunk[i].target;
      inputs.push_back({&encodings[i],
                        &units[i],
                        {.label = own_number(model, asked.label), .against = own_number(model, asked.against)}});
    }
    PELLUCID_TRY(const std::vector<Attribution> found, method.explain(classifier, inputs, options));
    for (std::size_t i = 0; i < chunk.size(); ++i) {
      answers.push_back({.words = units[i].ranges, .scores = unit_scores(units[i], found[i].scores)});
    }
    if (progress && !progress(what, answers.size(), questions.size())) {
      return fail(ErrorCode::interrupted, "interrupted; run the command again");
    }
  }
  return answers;
}

std::vector<ExplainedText> side_by_side(std::span<const Question> questions, std::span<const Answer> a,
                                        std::span<const Answer> b) {
  std::vector<ExplainedText> texts;
  for (std::size_t q = 0; q < questions.size(); ++q) {
    texts.push_back({.text = questions[q].text,
                     .target = questions[q].target,
                     .words = shared_words(a[q].words, a[q].scores, b[q].words, b[q].scores)});
  }
  return texts;
}

}  // namespace pellucid
