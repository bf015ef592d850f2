#include "report/audit.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "report/escape.h"
#include "report/interval_json.h"
#include "report/tool.h"

namespace pellucid {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kExcerpt = 300;  // characters of a text
constexpr std::size_t kWordsShown = 5;

ordered_json json_of(const MeanOverTexts& mean) {
  return {{"value", mean.value}, {"interval", json_of(mean.interval)}};
}

ordered_json json_of(const AuditReport& report, const std::vector<ClassWords>& classes) {
  ordered_json list = ordered_json::array();
  for (const ClassWords& one : classes) {
    ordered_json words = ordered_json::array();
    for (const ClassWord& word : one.words) {
      words.push_back({{"word", report.audit.texts.words.form(word.word)},
                       {"texts", word.texts},
                       {"coverage", word.coverage},
                       {"mean", word.mean},
                       {"interval", json_of(word.interval)},
                       {"carried", word.carried}});
    }
    list.push_back({{"label", label_of(report, one.label)},
                    {"texts", one.texts},
                    {"frequent", one.frequent},
                    {"words", std::move(words)}});
  }
  return list;
}

ordered_json json_of(const KruskalWallis& test) {
  return {{"h", test.h}, {"effect", test.effect}, {"p", test.p_value}};
}

ordered_json distributions_of(const AuditReport& report) {
  const Distributions& all = report.audit.distributions;
  ordered_json classes = ordered_json::array();
  for (const ClassDistribution& one : all.classes) {
    ordered_json quantiles = ordered_json::array();
    for (std::size_t q = 0; q < kQuantiles.size(); ++q) {
      quantiles.push_back({{"share", kQuantiles[q]}, {"value", one.quantiles[q]}});
    }
    classes.push_back({{"label", label_of(report, one.label)},
                       {"texts", one.texts},
                       {"words", one.words},
                       {"median_words", one.median_words},
                       {"quantiles", std::move(quantiles)},
                       {"bars", one.bars},
                       {"top_share", json_of(one.top_share)},
                       {"entropy", json_of(one.entropy)},
                       {"positive_share", json_of(one.positive_share)}});
  }
  ordered_json tests = ordered_json::array();
  for (const DistributionTest& test : all.tests) {
    tests.push_back({{"statistic", test.statistic},
                     {"differs", json_of(test.differs)},
                     {"within_length", json_of(test.within_length)}});
  }
  return {{"low", all.low}, {"high", all.high}, {"classes", std::move(classes)}, {"tests", std::move(tests)}};
}

ordered_json json_of(const Effect& effect) {
  return {{"texts", effect.texts},
          {"change", effect.change},
          {"control_change", effect.control_change},
          {"beyond", effect.beyond},
          {"interval", json_of(effect.interval)},
          {"flips", effect.flips},
          {"flips_interval", json_of(effect.flips_interval)},
          {"control_flips", effect.control_flips},
          {"control_flips_interval", json_of(effect.control_flips_interval)},
          {"p", effect.p_value ? ordered_json(*effect.p_value) : ordered_json()}};
}

ordered_json json_of(const Association& found) {
  return {{"texts", found.texts},   {"labelled", found.labelled},
          {"share", found.share},   {"share_interval", json_of(found.share_interval)},
          {"base", found.base},     {"p", found.p_value},
          {"weight", found.weight}, {"weight_interval", json_of(found.weight_interval)}};
}

ordered_json json_of(const AuditReport& report, const TestedWord& word) {
  const AuditedTexts& texts = report.audit.texts;
  ordered_json object = {{"word", texts.words.form(word.candidate.word)},
                         {"label", label_of(report, word.candidate.label)},
                         {"drives", word.drives}};
  if (word.reading) object["reading"] = name_of(*word.reading);
  object["chosen_by"] = {{"texts", word.candidate.texts}, {"mean", word.candidate.mean}};
  object["swap"] = json_of(word.swap.effect);
  object["weight"] = word.swap.weight;
  object["weight_interval"] = json_of(word.swap.weight_interval);
  object["removal"] = word.removal.texts > 0 ? json_of(word.removal) : ordered_json();
  if (word.association) object["association"] = json_of(*word.association);
  if (!word.drives) return object;
  ordered_json examples = ordered_json::array();
  for (const SwapExample& example : word.swap.examples) {
    const AuditedText& text = texts.texts[example.text];
    const SwappedText swapped = swapped_text(report, word, example);
    examples.push_back({{"id", text.example.id},
                        {"text", excerpt(swapped.text, kExcerpt)},
                        {"replaced", unit_text(text, example.unit)},
                        {"control", texts.words.form(example.control)},
                        {"before", example.before},
                        {"after", example.after},
                        {"with_control", example.with_control},
                        {"label", label_of(report, text.predicted)},
                        {"becomes", label_of(report, example.predicted)}});
  }
  object["examples"] = std::move(examples);
  return object;
}

ordered_json shortcuts_of(const AuditReport& report) {
  const Shortcuts& found = report.audit.shortcuts;
  ordered_json words = ordered_json::array();
  for (const TestedWord& word : found.words) words.push_back(json_of(report, word));
  return {{"fdr", report.options.shortcuts.fdr}, {"least_effect", report.options.shortcuts.effects.least_effect},
          {"choosing_texts", found.choosing},    {"testing_texts", found.testing},
          {"drive", driving_words(found)},       {"words", std::move(words)}};
}

// "word": score, the strongest first.
ordered_json strongest(const AuditedText& text, const std::vector<double>& scores, int towards) {
  ordered_json words = ordered_json::array();
  for (const std::size_t unit : strongest_units(scores, towards, kWordsShown)) {
    words.push_back({{"word", unit_text(text, unit)}, {"score", scores[unit]}});
  }
  return words;
}

ordered_json contested_of(const AuditReport& report) {
  const Contested& found = report.audit.contested;
  ordered_json disputed = ordered_json::array();
  for (const DisputedText& one : found.disputed) {
    const AuditedText& text = report.audit.texts.texts[one.text];
    ordered_json top = ordered_json::object();
    for (std::size_t m = 0; m < found.methods.size(); ++m) top[found.methods[m]] = unit_text(text, one.top[m]);
    disputed.push_back({{"id", text.example.id},
                        {"text", excerpt(text.example.text, kExcerpt)},
                        {"label", label_of(report, text.predicted)},
                        {"probability", text.probabilities[static_cast<std::size_t>(text.predicted)]},
                        {"agreement", one.agreement},
                        {"top", std::move(top)}});
  }
  ordered_json close = ordered_json::array();
  for (const CloseText& one : found.close) {
    const AuditedText& text = report.audit.texts.texts[one.text];
    close.push_back({{"id", text.example.id},
                     {"text", excerpt(text.example.text, kExcerpt)},
                     {"label", label_of(report, text.predicted)},
                     {"probability", text.probabilities[static_cast<std::size_t>(text.predicted)]},
                     {"runner_up", label_of(report, one.runner_up)},
                     {"runner_up_probability", text.probabilities[static_cast<std::size_t>(one.runner_up)]},
                     {"gap", one.gap},
                     {"for_label", strongest(text, one.scores, 1)},
                     {"for_runner_up", strongest(text, one.scores, -1)}});
  }
  return {{"methods", found.methods},
          {"compared", found.compared},
          {"agreement", found.compared > 0 ? ordered_json(found.agreement) : ordered_json()},
          {"interval", found.compared > 0 ? json_of(found.agreement_interval) : ordered_json()},
          {"disputed", std::move(disputed)},
          {"close", std::move(close)}};
}

ordered_json label_errors_of(const AuditReport& report) {
  const LabelErrors& found = *report.audit.label_errors;
  ordered_json thresholds = ordered_json::object();
  for (std::size_t c = 0; c < found.thresholds.size(); ++c) {
    thresholds[report.classes[c]] = found.thresholds[c] ? ordered_json(*found.thresholds[c]) : ordered_json();
  }
  ordered_json suspects = ordered_json::array();
  for (const LabelSuspect& one : found.suspects) {
    const AuditedText& text = report.audit.texts.texts[one.text];
    suspects.push_back({{"id", text.example.id},
                        {"text", excerpt(text.example.text, kExcerpt)},
                        {"gold", label_of(report, *text.gold)},
                        {"suggested", label_of(report, one.suggested)},
                        {"gold_probability", one.given_probability},
                        {"suggested_probability", one.suggested_probability},
                        {"margin", one.margin},
                        {"against_gold", strongest(text, one.scores, -1)}});
  }
  return {{"labelled", found.labelled},
          {"suspected", found.suspected},
          {"thresholds", std::move(thresholds)},
          {"suspects", std::move(suspects)}};
}

}  // namespace

std::string to_json(const AuditReport& report) {
  const Audit& audit = report.audit;
  ordered_json words = {{"min_texts", report.options.words.min_texts}, {"predicted", json_of(report, audit.predicted)}};
  if (!audit.gold.empty()) words["gold"] = json_of(report, audit.gold);
  ordered_json object = {{"schema", "pellucid.audit/1"},
                         {"data",
                          {{"file", report.data_file},
                           {"sha256", report.data_sha256},
                           {"n", report.n},
                           {"audited", audit.texts.texts.size()},
                           {"labelled", labelled_texts(report)},
                           {"truncated_texts", report.truncated_texts},
                           {"truncated_pieces", report.dropped_pieces}}},
                         {"labels", report.classes},
                         {"method", report.options.method->name},
                         {"removal", name_of(report.options.method_options.removal)},
                         {"words", std::move(words)},
                         {"distributions", distributions_of(report)},
                         {"shortcuts", shortcuts_of(report)},
                         {"contested", contested_of(report)}};
  if (audit.label_errors) object["label_errors"] = label_errors_of(report);
  object["seed"] = report.seed;
  object["precision"] = report.precision;
  object["model"] = {{"sha256", report.weights_sha256}};
  object["tool"] = json_of(report.tool);
  object["cost"] = {{"seconds", report.seconds}};
  return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

const std::string& label_of(const AuditReport& report, std::int32_t label) {
  return report.classes[static_cast<std::size_t>(label)];
}

std::size_t labelled_texts(const AuditReport& report) {
  return report.audit.label_errors ? report.audit.label_errors->labelled : 0;
}

std::size_t driving_words(const Shortcuts& shortcuts) {
  return static_cast<std::size_t>(std::ranges::count(shortcuts.words, true, &TestedWord::drives));
}

std::string unit_text(const AuditedText& text, std::size_t unit) {
  const ByteRange range = text.units.ranges[unit];
  return text.example.text.substr(range.begin, range.end - range.begin);
}

std::vector<std::size_t> strongest_units(const std::vector<double>& scores, int towards, std::size_t count) {
  std::vector<std::size_t> units(scores.size());
  std::iota(units.begin(), units.end(), std::size_t{0});
  std::erase_if(units, [&](std::size_t unit) { return scores[unit] * towards <= 0; });
  std::ranges::stable_sort(units, {}, [&](std::size_t unit) { return -scores[unit] * towards; });
  units.resize(std::min(units.size(), count));
  return units;
}

SwappedText swapped_text(const AuditReport& report, const TestedWord& word, const SwapExample& example) {
  const AuditedText& text = report.audit.texts.texts[example.text];
  const ByteRange out = text.units.ranges[example.unit];
  const std::string& in = report.audit.texts.words.spelling(word.candidate.word);
  return {text.example.text.substr(0, out.begin) + in + text.example.text.substr(out.end),
          {out.begin, out.begin + in.size()}};
}

}  // namespace pellucid
