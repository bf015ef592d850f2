#include "report/diff.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>

#include "evaluate/ranking.h"
#include "report/escape.h"
#include "report/interval_json.h"
#include "report/numbers.h"
#include "report/tool.h"

namespace pellucid {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kExcerpt = 300;  // characters of a text
constexpr std::size_t kWordsShown = 5;

ordered_json json_of(const Summary& summary) {
  ordered_json quantiles = ordered_json::array();
  for (std::size_t q = 0; q < kSummaryQuantiles.size(); ++q) {
    quantiles.push_back({{"share", kSummaryQuantiles[q]}, {"value", summary.quantiles[q]}});
  }
  return {{"n", summary.n},
          {"mean", summary.mean},
          {"interval", json_of(summary.interval)},
          {"quantiles", std::move(quantiles)}};
}

ordered_json json_of(const Change& change) {
  return {{"value", change.value}, {"interval", json_of(change.interval)}};
}

ordered_json json_of(const DiffedModel& model) {
  return {{"folder", model.folder},
          {"sha256", model.weights_sha256},
          {"truncated_texts", model.truncated_texts},
          {"truncated_pieces", model.dropped_pieces}};
}

ordered_json gate_of(const DiffReport& report) {
  ordered_json checks = ordered_json::array();
  for (const GateCheck& check : report.gate) {
    checks.push_back({{"option", check.option},
                      {"limit", check.limit},
                      {"found", check.found ? ordered_json(*check.found) : ordered_json()},
                      {"n", check.n},
                      {"kept", check.kept()}});
  }
  return checks;
}

ordered_json labels_of(const LabelChanges& changes) {
  return {{"n", changes.n},         {"changed", changes.changed},
          {"share", changes.share}, {"interval", json_of(changes.interval)},
          {"table", changes.table}, {"probability", json_of(changes.probability)}};
}

ordered_json metrics_of(const ClassificationMetrics& metrics, const Interval& accuracy) {
  return {{"accuracy", metrics.accuracy},
          {"accuracy_interval", json_of(accuracy)},
          {"macro_f1", metrics.macro.f1},
          {"negative_log_likelihood", metrics.negative_log_likelihood},
          {"expected_calibration_error", metrics.expected_calibration_error},
          {"brier", metrics.brier}};
}

ordered_json gold_of(const GoldChanges& gold) {
  return {{"n", gold.n},
          {"fixed", gold.fixed},
          {"fixed_share", gold.fixed_share},
          {"fixed_interval", json_of(gold.fixed_interval)},
          {"broken", gold.broken},
          {"broken_share", gold.broken_share},
          {"broken_interval", json_of(gold.broken_interval)},
          {"both_right", gold.both_right},
          {"both_wrong", gold.both_wrong},
          {"p", gold.p_value},
          {"a", metrics_of(gold.a, gold.accuracy_a)},
          {"b", metrics_of(gold.b, gold.accuracy_b)},
          {"change",
           {{"accuracy", json_of(gold.accuracy)},
            {"negative_log_likelihood", json_of(gold.negative_log_likelihood)},
            {"expected_calibration_error", json_of(gold.expected_calibration_error)},
            {"brier", json_of(gold.brier)}}}};
}

ordered_json json_of(const Agreement& agreement) {
  return {{"correlation", json_of(agreement.correlation)},
          {"overlap", json_of(agreement.overlap)},
          {"chance_overlap", agreement.chance_overlap}};
}

// What the model's own scores say of the shared words, the strongest first.
ordered_json side(const DiffReport& report, const ExplainedText& explained, const ModelPrediction& prediction,
                  const std::vector<double>& scores) {
  const std::string& text = text_of(report, explained).example.text;
  ordered_json words = ordered_json::array();
  std::vector<double> sizes;
  for (const double score : scores) sizes.push_back(std::abs(score));
  const std::vector<std::size_t> order = order_of(sizes);
  for (std::size_t r = 0; r < std::min(kWordsShown, order.size()); ++r) {
    const ByteRange range = explained.words.ranges[order[r]];
    words.push_back({{"word", text.substr(range.begin, range.end - range.begin)}, {"score", scores[order[r]]}});
  }
  return {{"label", label_of(report, prediction.label)},
          {"probability", prediction.probabilities[static_cast<std::size_t>(prediction.label)]},
          {"words", std::move(words)}};
}

ordered_json json_of(const DiffReport& report, const ExplainedText& explained) {
  const DiffText& text = text_of(report, explained);
  ordered_json object = {{"id", text.example.id}, {"text", excerpt(text.example.text, kExcerpt)}};
  if (text.gold) object["gold"] = label_of(report, *text.gold);
  object["a"] = side(report, explained, text.a, explained.words.a);
  object["b"] = side(report, explained, text.b, explained.words.b);
  return object;
}

ordered_json explanations_of(const DiffReport& report) {
  const Drift& drift = report.diff.drift;
  ordered_json classes = ordered_json::array();
  for (const ClassDrift& one : drift.classes) {
    ordered_json object = {{"label", label_of(report, one.label)}, {"texts", one.texts}, {"changed", one.changed}};
    object.update(json_of(one.between));
    classes.push_back(std::move(object));
  }
  ordered_json words = ordered_json::array();
  for (const MovedWords& one : report.diff.words) {
    ordered_json list = ordered_json::array();
    for (const MovedWord& word : one.words) {
      list.push_back({{"word", word.form},
                      {"texts", word.texts},
                      {"a", word.a},
                      {"b", word.b},
                      {"difference", word.difference},
                      {"interval", json_of(word.interval)}});
    }
    words.push_back({{"label", label_of(report, one.label)},
                     {"texts", one.texts},
                     {"frequent", one.frequent},
                     {"words", std::move(list)}});
  }
  ordered_json unlike = ordered_json::array();
  for (const ReasonedText& one : report.diff.unlike) {
    ordered_json object = json_of(report, one.explained);
    object["correlation"] = one.likeness.correlation;
    object["overlap"] = one.likeness.overlap;
    unlike.push_back(std::move(object));
  }
  return {{"method", report.options.method->name},
          {"removal", name_of(report.options.method_options.removal)},
          {"texts", drift.texts},
          {"top", report.options.top},
          {"between", json_of(drift.between)},
          {"itself", drift.itself ? json_of(*drift.itself) : ordered_json()},
          {"size", {{"a", drift.size_a}, {"b", drift.size_b}}},
          {"classes", std::move(classes)},
          {"min_texts", report.options.words.min_texts},
          {"moved_words", std::move(words)},
          {"least_alike", std::move(unlike)}};
}

}  // namespace

std::string to_json(const DiffReport& report) {
  ordered_json object = {
      {"schema", "pellucid.diff/1"},
      {"data", {{"file", report.data_file}, {"sha256", report.data_sha256}, {"n", report.diff.texts.size()}}},
      {"labels", report.classes},
      {"gate", gate_of(report)},
      {"predictions", labels_of(report.diff.labels)}};
  if (report.diff.gold) object["gold"] = gold_of(*report.diff.gold);
  object["explanations"] = explanations_of(report);
  ordered_json changed = ordered_json::array();
  for (const ChangedText& one : report.diff.changed) {
    ordered_json text = json_of(report, one.explained);
    text["margin"] = one.margin;
    changed.push_back(std::move(text));
  }
  object["changed"] = std::move(changed);
  object["seed"] = report.options.method_options.seed;
  object["precision"] = report.precision;
  object["models"] = {{"a", json_of(report.a)}, {"b", json_of(report.b)}};
  object["tool"] = json_of(report.tool);
  object["cost"] = {{"seconds", report.seconds}};
  return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

int decimals_of(const GateCheck& check) {
  int decimals = 4;
  const auto alike = [&] { return fixed(*check.found, decimals) == fixed(check.limit, decimals); };
  while (check.found && check.found != check.limit && decimals < std::numeric_limits<double>::max_digits10 && alike()) {
    ++decimals;
  }
  return decimals;
}

std::string in_words(const GateCheck& check) {
  const int decimals = decimals_of(check);
  return std::string("expected at ") + (check.at_most ? "most " : "least ") + fixed(check.limit, decimals) + " " +
         std::string(check.what) +
         (check.found ? ", found " + fixed(*check.found, decimals) + " over " + counted(check.n, "text", "texts")
                      : std::string(", found no text to measure it on"));
}

const std::string& label_of(const DiffReport& report, std::int32_t label) {
  return report.classes[static_cast<std::size_t>(label)];
}

const DiffText& text_of(const DiffReport& report, const ExplainedText& explained) {
  return report.diff.texts[explained.text];
}

std::string with_probability(const DiffReport& report, const ModelPrediction& prediction) {
  return label_of(report, prediction.label) + " " +
         percent(prediction.probabilities[static_cast<std::size_t>(prediction.label)]);
}

std::vector<LabelMove> label_moves(const LabelChanges& changes) {
  std::vector<LabelMove> moves;
  for (std::size_t from = 0; from < changes.table.size(); ++from) {
    for (std::size_t to = 0; to < changes.table.size(); ++to) {
      if (from == to || changes.table[from][to] == 0) continue;
      moves.push_back({static_cast<std::int32_t>(from), static_cast<std::int32_t>(to), changes.table[from][to]});
    }
  }
  std::ranges::stable_sort(moves, std::greater(), &LabelMove::texts);
  return moves;
}

}  // namespace pellucid
