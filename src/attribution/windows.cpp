#include "attribution/windows.h"

#include <algorithm>

#include "attribution/passes.h"
#include "runtime/predict.h"

namespace pellucid {
namespace {

// Where segments begin, and the end of the last: pieces of the whole encoding.
std::vector<std::size_t> segments_of(const Encoding& text, std::size_t longest) {
  const std::size_t end = text.ids.size() - 1;  // [SEP]
  std::vector<std::size_t> bounds{1};
  for (std::size_t begin = 1; end - begin > longest; begin = bounds.back()) {
    const std::size_t left = (end - begin + longest - 1) / longest;  // segments, about as long as each other
    std::size_t cut = begin + (end - begin + left - 1) / left;
    const auto splits_word = [&] { return text.words[cut - 1] == text.words[cut]; };
    while (cut > begin && splits_word()) --cut;
    if (cut == begin) {  // the word that begins here does not end before the cut
      do ++cut;
      while (cut < begin + longest && splits_word());
    }
    bounds.push_back(cut);
  }
  bounds.push_back(end);
  return bounds;
}

Window window_of(const Encoding& text, std::size_t begin, std::size_t end) {
  Window window{begin, {}};
  const auto copy = [&](const auto& from, auto& to) {
    to.push_back(from.front());
    to.insert(to.end(), from.begin() + static_cast<std::ptrdiff_t>(begin),
              from.begin() + static_cast<std::ptrdiff_t>(end));
    to.push_back(from.back());
  };
  copy(text.ids, window.encoding.ids);
  copy(text.ranges, window.encoding.ranges);
  copy(text.words, window.encoding.words);
  return window;
}

// Those units of the text, or parts of them, that lie in the window.
Units units_within(const Units& units, const Window& window) {
  const std::size_t pieces = window.encoding.ids.size() - 2;
  Units within{{}, {-1}};
  if (pieces > 0) {
    const std::int32_t low = units.unit_of[window.first];
    const std::int32_t high = units.unit_of[window.first + pieces - 1];
    within.ranges.assign(units.ranges.begin() + low, units.ranges.begin() + high + 1);
    for (std::size_t i = 0; i < pieces; ++i) within.unit_of.push_back(units.unit_of[window.first + i] - low);
  }
  within.unit_of.push_back(-1);
  return within;
}

// Of one text's windows [W, C].
std::vector<float> mean_logits(std::span<const float> logits, std::size_t classes) {
  std::vector<double> sums(classes);
  for (std::size_t i = 0; i < logits.size(); ++i) sums[i % classes] += logits[i];
  const double windows = static_cast<double>(logits.size()) / static_cast<double>(classes);
  std::vector<float> mean;
  for (const double sum : sums) mean.push_back(static_cast<float>(sum / windows));
  return mean;
}

Attribution combine(const Encoding& text, std::span<const Window> windows, std::span<const Attribution> found) {
  const double share = 1 / static_cast<double>(windows.size());
  std::vector<float> logits;
  std::vector<double> scores(text.ids.size());
  double bias = 0;  // without what special tokens owe: that is kept at [CLS]
  double cost = 0;
  for (std::size_t w = 0; w < windows.size(); ++w) {
    logits.insert(logits.end(), found[w].logits.begin(), found[w].logits.end());
    for (std::size_t i = 1; i + 1 < found[w].scores.size(); ++i) {
      scores[windows[w].first + i - 1] += share * found[w].scores[i];
    }
    scores[0] += share * found[w].special;
    bias += share * (found[w].bias - found[w].special);
    cost += found[w].forward_equivalents;
  }
  Attribution whole;
  whole.logits = mean_logits(logits, found.front().logits.size());
  whole.target = found.front().target;
  whole.explained = value_of(functional(whole.target, whole.logits), whole.logits);
  whole.scores.assign(scores.size(), 0);
  set_scores(whole, text, scores, bias);
  whole.forward_equivalents = cost;
  return whole;
}

// One text and what is asked about it: inputs next to each other with the same encoding and units.
struct CutText {
  const Encoding* whole;
  const Units* whole_units;
  std::vector<Window> windows;
  std::vector<Units> units;     // a window each
  std::vector<Target> targets;  // labels resolved where there are several windows
  double prediction_cost = 0;
};

std::vector<CutText> cut_texts(Classifier& classifier, std::span<const Input> inputs, std::size_t batch_tokens) {
  std::vector<CutText> texts;
  for (const Input& input : inputs) {
    if (texts.empty() || texts.back().whole != input.encoding || texts.back().whole_units != input.units) {
      texts.push_back({input.encoding, input.units, windows_of(*input.encoding, classifier.max_length()), {}, {}});
      for (const Window& window : texts.back().windows) {
        texts.back().units.push_back(units_within(*input.units, window));
      }
    }
    CutText& text = texts.back();
    text.targets.push_back(input.target);
    if (text.windows.size() > 1 && input.target.label == kPredicted) {
      text.targets.back().label = argmax(predict_in_windows(classifier, {input.encoding, 1}, batch_tokens));
      text.prediction_cost += static_cast<double>(text.windows.size());
    }
  }
  return texts;
}

}  // namespace

Result<void> check_windows(const Classifier& classifier) {
  if (classifier.max_length() >= kShortestWindow) return {};
  return fail(ErrorCode::usage,
              "expected windows of at least " + std::to_string(kShortestWindow) + " tokens, found " +
                  std::to_string(classifier.max_length()) + "; give a larger --max-length",
              "--long");
}

std::vector<Window> windows_of(const Encoding& text, std::size_t max_length) {
  if (text.ids.size() <= max_length) return {{1, text}};
  const std::vector<std::size_t> bounds = segments_of(text, (max_length - 2) / 2);
  const std::size_t segments = bounds.size() - 1;
  std::vector<Window> windows{window_of(text, bounds[0], bounds[1])};
  for (std::size_t s = 0; s + 1 < segments; ++s) windows.push_back(window_of(text, bounds[s], bounds[s + 2]));
  windows.push_back(window_of(text, bounds[segments - 1], bounds[segments]));
  return windows;
}

std::vector<float> predict_in_windows(Classifier& classifier, std::span<const Encoding> texts,
                                      std::size_t batch_tokens) {
  const std::size_t classes = classifier.labels().size();
  std::vector<std::vector<std::int32_t>> ids;
  std::vector<std::size_t> bounds{0};
  for (const Encoding& text : texts) {
    for (Window& window : windows_of(text, classifier.max_length())) ids.push_back(std::move(window.encoding.ids));
    bounds.push_back(ids.size());
  }
  const std::vector<float> logits = predict(classifier, ids, batch_tokens);
  std::vector<float> means;
  for (std::size_t t = 0; t < texts.size(); ++t) {
    const auto own = std::span(logits).subspan(bounds[t] * classes, (bounds[t + 1] - bounds[t]) * classes);
    const std::vector<float> mean = mean_logits(own, classes);
    means.insert(means.end(), mean.begin(), mean.end());
  }
  return means;
}

Result<std::vector<Attribution>> explain_in_windows(Classifier& classifier, const Method& method,
                                                    std::span<const Input> inputs, const MethodOptions& options) {
  std::vector<CutText> texts = cut_texts(classifier, inputs, options.batch_tokens);
  std::vector<Input> windows;  // text by text, window by window, target by target
  for (const CutText& text : texts) {
    for (std::size_t w = 0; w < text.windows.size(); ++w) {
      for (const Target& target : text.targets) windows.push_back({&text.windows[w].encoding, &text.units[w], target});
    }
  }
  PELLUCID_TRY(std::vector<Attribution> found, method.explain(classifier, windows, options));
  std::vector<Attribution> results;
  std::size_t first = 0;
  for (const CutText& text : texts) {
    const std::size_t targets = text.targets.size();
    for (std::size_t t = 0; t < targets; ++t) {
      std::vector<Attribution> own;  // of this target
      for (std::size_t w = 0; w < text.windows.size(); ++w) own.push_back(std::move(found[first + w * targets + t]));
      results.push_back(own.size() == 1 ? std::move(own.front()) : combine(*text.whole, text.windows, own));
      results.back().forward_equivalents += text.prediction_cost / static_cast<double>(targets);
    }
    first += targets * text.windows.size();
  }
  return results;
}

}  // namespace pellucid
