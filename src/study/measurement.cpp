#include "study/measurement.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>

#include "compare/measure_cell.h"
#include "data/split.h"
#include "evaluate/explain_units.h"
#include "evaluate/measure.h"
#include "files/atomic_file.h"
#include "files/json.h"
#include "files/mapped_file.h"
#include "files/sha256.h"
#include "progress/interrupt.h"
#include "progress/progress.h"
#include "report/tool.h"

namespace pellucid::study {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr const char* kSchema = "pellucid.measurement/1";
constexpr std::size_t kTogether = 64;  // texts that are explained together

fs::path file_of(const fs::path& folder, const std::string& fingerprint) {
  return folder / ("measured-" + name_digits(fingerprint) + ".json");
}

// Every explained text explained again, for its own label. By what scales with the logits where there is that: expected
// decomposition weighs the other labels by their probability, so its shares would tell how sure a model is.
Result<void> add_against(Classifier& classifier, const MeasuringPlan& measuring, const TestTexts& test, bool quiet,
                         Measurement& measurement) {
  const compare::FaithfulnessPlan& settings = *measuring.plan->faithfulness;
  const MethodOptions options{.seed = measuring.plan->seeds.front(), .removal = settings.removal};
  std::vector<MeasuredText>& texts = measurement.texts;
  PELLUCID_TRY(const Method* decomposition, find_method(kDefaultMethod));
  const Method& method = decomposition->applies(classifier) ? *decomposition : *measuring.method;
  Progress progress("explaining the texts' own labels", texts.size(), "texts", quiet);
  for (std::size_t first = 0; first < texts.size(); first += kTogether) {
    const auto chunk = std::span(texts).subspan(first, std::min(kTogether, texts.size() - first));
    std::vector<Encoding> encodings;
    std::vector<Units> units;
    for (const MeasuredText& one : chunk) {
      const std::string& text = test.examples[one.text].text;
      encodings.push_back(classifier.tokenizer().encode(text, classifier.max_length()));
      units.push_back(units_of(text, encodings.back(), settings.unit));
    }
    std::vector<Ranking> rankings;
    for (std::size_t i = 0; i < chunk.size(); ++i) {
      rankings.push_back({&encodings[i], &units[i], {}, measuring.gold[chunk[i].text]});
    }
    PELLUCID_TRY(const auto scores, explain_units(method, classifier, rankings, options));
    for (std::size_t i = 0; i < chunk.size(); ++i) chunk[i].against = share_against(scores[i]);
    progress.advance(chunk.size());
    PELLUCID_CHECK(check_interrupted("interrupted while explanations were measured"));
  }
  return {};
}

ordered_json to_json(const MeasuredText& one) {
  ordered_json units = ordered_json::array();
  for (const ByteRange& range : one.units) units.push_back({range.begin, range.end});
  return {{"text", one.text},
          {"label", one.label},
          {"units", std::move(units)},
          {"scores", one.scores},
          {"comprehensiveness", one.comprehensiveness},
          {"sufficiency", one.sufficiency},
          {"random", one.random},
          {"against", one.against}};
}

MeasuredText text_of(const ordered_json& json) {
  MeasuredText one;
  for (const ordered_json& range : json.at("units")) {
    one.units.push_back({range.at(0).get<std::size_t>(), range.at(1).get<std::size_t>()});
  }
  json.at("text").get_to(one.text);
  json.at("label").get_to(one.label);
  json.at("scores").get_to(one.scores);
  json.at("comprehensiveness").get_to(one.comprehensiveness);
  json.at("sufficiency").get_to(one.sufficiency);
  json.at("random").get_to(one.random);
  json.at("against").get_to(one.against);
  return one;
}

}  // namespace

double share_against(std::span<const double> scores) {
  double against = 0;
  double all = 0;
  for (const double score : scores) {
    against += score < 0 ? -score : 0;
    all += std::abs(score);
  }
  return all > 0 ? against / all : 0.5;
}

Result<Measurement> measure(Classifier& classifier, const MeasuringPlan& measuring, const TestTexts& test,
                            const std::optional<Known>& known, bool quiet) {
  Measurement measurement{.fingerprint = fingerprint_of(measuring, test), .tool = text_of(this_tool())};
  const std::size_t n = test.examples.size();
  const auto is_known = [&](std::size_t i) { return known && same_text(test, *known->test, i); };

  std::vector<std::size_t> to_predict;
  for (std::size_t i = 0; i < n; ++i) {
    if (!is_known(i)) to_predict.push_back(i);
  }
  std::vector<std::size_t> to_explain = compare::drawn(n, *measuring.plan);
  std::erase_if(to_explain, is_known);
  if (known) {
    measurement.predicted = known->measurement->predicted;
    std::ranges::copy_if(known->measurement->texts, std::back_inserter(measurement.texts), is_known,
                         &MeasuredText::text);
  }
  measurement.predicted.resize(n);
  PELLUCID_TRY(const compare::Predicted predicted,
               compare::predict_texts(classifier, selected(test.examples, to_predict), quiet));
  for (std::size_t i = 0; i < to_predict.size(); ++i) measurement.predicted[to_predict[i]] = predicted.labels[i];

  PELLUCID_TRY(const Method* control, find_method(kControlMethod));
  const std::vector<const Method*> methods = {measuring.method, control};
  PELLUCID_TRY(auto found, compare::explained(classifier, selected(test.examples, to_explain), methods, *measuring.plan,
                                              "measuring explanations", quiet));
  for (std::size_t i = 0; i < found.front().texts.size(); ++i) {
    compare::ExplainedText& one = found.front().texts[i];
    const std::size_t text = to_explain[one.text];
    measurement.texts.push_back({.text = text,
                                 .label = one.label,
                                 .units = original_ranges(test.changes[text], one.units),
                                 .scores = std::move(one.scores),
                                 .comprehensiveness = one.faithfulness.comprehensiveness,
                                 .sufficiency = one.faithfulness.sufficiency,
                                 .random = found.back().texts[i].faithfulness.difference()});
  }
  std::ranges::sort(measurement.texts, {}, &MeasuredText::text);
  if (!measuring.gold.empty()) PELLUCID_CHECK(add_against(classifier, measuring, test, quiet, measurement));
  return measurement;
}

std::string fingerprint_of(const MeasuringPlan& measuring, const TestTexts& test) {
  const ordered_json decides = {{"method", measuring.method->name},
                                {"texts", test.sha256},
                                {"settings", compare::measuring_settings(*measuring.plan, measuring.precision)},
                                {"gold", std::vector<std::int32_t>(measuring.gold.begin(), measuring.gold.end())}};
  return sha256(decides.dump());
}

Result<std::optional<Measurement>> load_measurement(const fs::path& folder, const std::string& fingerprint) {
  const fs::path file = file_of(folder, fingerprint);
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return std::optional<Measurement>();
  PELLUCID_TRY(const std::string text, read_file(file));
  try {
    const ordered_json json = ordered_json::parse(text);
    if (json.at("schema") != kSchema || json.at("fingerprint") != fingerprint) return std::optional<Measurement>();
    Measurement measurement{.fingerprint = fingerprint, .tool = json.value("tool", "")};
    json.at("predicted").get_to(measurement.predicted);
    for (const ordered_json& one : json.at("texts")) measurement.texts.push_back(text_of(one));
    return std::optional(std::move(measurement));
  } catch (const ordered_json::exception& problem) {
    return fail(ErrorCode::format,
                "expected what a study left there, found something else (" + reason_of(problem) +
                    "); remove this file to measure again",
                file.string());
  }
}

Result<void> save_measurement(const fs::path& folder, const Measurement& measurement) {
  ordered_json texts = ordered_json::array();
  for (const MeasuredText& one : measurement.texts) texts.push_back(to_json(one));
  const ordered_json json = {{"schema", kSchema},
                             {"fingerprint", measurement.fingerprint},
                             {"tool", measurement.tool},
                             {"predicted", measurement.predicted},
                             {"texts", std::move(texts)}};
  return write_file(file_of(folder, measurement.fingerprint), json.dump() + "\n");
}

}  // namespace pellucid::study
