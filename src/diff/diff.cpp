#include "diff/diff.h"

#include <algorithm>
#include <functional>

#include "data/split.h"

namespace pellucid {
namespace {

// How far a model's probability of its own label lies above that of the other model's.
double lead(const ModelPrediction& model, const ModelPrediction& other) {
  return model.probabilities[static_cast<std::size_t>(model.label)] -
         model.probabilities[static_cast<std::size_t>(other.label)];
}

// The texts that both label alike and that are explained.
std::vector<Question> questions_of(std::span<const DiffText> texts, const DiffOptions& options) {
  std::vector<Question> alike;
  for (std::size_t t = 0; t < texts.size(); ++t) {
    if (!texts[t].changed()) alike.push_back({.text = t, .target = {.label = texts[t].a.label}});
  }
  std::vector<Question> drawn;
  for (const std::size_t i : draw(alike.size(), options.limit, options.method_options.seed)) {
    drawn.push_back(alike[i]);
  }
  return drawn;
}

// Of the texts that have another label now the `count` with the widest margin.
std::vector<ChangedText> widest(std::span<const DiffText> texts, std::size_t count) {
  std::vector<ChangedText> changed;
  for (std::size_t t = 0; t < texts.size(); ++t) {
    const DiffText& text = texts[t];
    if (!text.changed()) continue;
    changed.push_back({.explained = {.text = t, .target = {.label = text.b.label, .against = text.a.label}},
                       .margin = lead(text.a, text.b) + lead(text.b, text.a)});
  }
  std::ranges::stable_sort(changed, std::greater(), &ChangedText::margin);
  changed.resize(std::min(changed.size(), count));
  return changed;
}

std::vector<ReasonedText> least_alike(std::span<const ExplainedText> explained, const DiffOptions& options) {
  std::vector<ReasonedText> texts;
  for (const ExplainedText& one : explained) {
    if (const auto found = likeness(one.words, options.top)) texts.push_back({.explained = one, .likeness = *found});
  }
  std::ranges::stable_sort(texts, {}, [](const ReasonedText& text) { return text.likeness.correlation; });
  texts.resize(std::min(texts.size(), options.examples));
  return texts;
}

}  // namespace

const Method& shared_report_method(const ComparedModels& models) {
  const Method& method = report_method(*models.a.classifier);
  return method.applies(*models.b.classifier) ? method : report_method(*models.b.classifier);
}

Result<Diff> diff_models(const ComparedModels& models, std::vector<Example> examples, const DiffOptions& options,
                         const DiffProgress& progress) {
  const std::size_t classes = models.a.own.size();
  const Method& method = *options.method;
  const MethodOptions& method_options = options.method_options;
  const std::uint64_t seed = method_options.seed;
  Diff diff;
  PELLUCID_TRY(diff.texts, predict_with_both(models, std::move(examples), progress));
  diff.labels = label_changes(diff.texts, classes, seed);
  diff.gold = gold_changes(diff.texts, classes, seed);

  const std::vector<Question> questions = questions_of(diff.texts, options);
  const auto explain = [&](const ComparedModel& model, std::span<const Question> asked, const MethodOptions& how,
                           std::string_view what) {
    return explain_with(model, diff.texts, asked, method, how, what, progress);
  };
  PELLUCID_TRY(const auto a, explain(models.a, questions, method_options, "explaining with A"));
  PELLUCID_TRY(const auto b, explain(models.b, questions, method_options, "explaining with B"));
  const std::vector<ExplainedText> explained = side_by_side(questions, a, b);
  std::vector<ExplainedText> again;
  if (method.seeded) {
    MethodOptions other_seed = method_options;
    ++other_seed.seed;
    PELLUCID_TRY(const auto second, explain(models.a, questions, other_seed, "explaining with A again"));
    again = side_by_side(questions, a, second);
  }
  diff.drift = drift(diff.texts, explained, again, classes, options.top, seed);
  MovedWordOptions words = options.words;
  words.seed = seed;
  diff.words = moved_words(diff.texts, explained, classes, words);
  diff.unlike = least_alike(explained, options);

  diff.changed = widest(diff.texts, options.examples);
  std::vector<Question> changes;
  for (const ChangedText& one : diff.changed) changes.push_back({one.explained.text, one.explained.target});
  PELLUCID_TRY(const auto before, explain(models.a, changes, method_options, "explaining changes with A"));
  PELLUCID_TRY(const auto after, explain(models.b, changes, method_options, "explaining changes with B"));
  const std::vector<ExplainedText> both = side_by_side(changes, before, after);
  for (std::size_t i = 0; i < both.size(); ++i) diff.changed[i].explained = both[i];
  return diff;
}

}  // namespace pellucid
