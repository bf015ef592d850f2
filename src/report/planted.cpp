#include "report/planted.h"

#include <nlohmann/json.hpp>

#include "report/escape.h"
#include "report/judged_table.h"
#include "report/numbers.h"
#include "report/terminal.h"
#include "report/tool.h"

namespace pellucid {

using nlohmann::ordered_json;

std::string to_json(const PlantedReport& report) {
  const PlantedOutcome& outcome = report.outcome;
  ordered_json words = ordered_json::object();
  for (std::size_t c = 0; c < report.labels.size(); ++c) words[report.labels[c]] = report.words[c];
  const ordered_json object = {
      {"schema", "pellucid.planted/1"},
      {"data", {{"file", report.data_file}, {"sha256", report.data_sha256}}},
      {"training",
       {{"texts", report.options.texts},
        {"planted_share", report.options.share},
        {"max_length", report.options.max_length},
        {"seconds", report.training_seconds}}},
      {"words", words},
      {"held_out", outcome.held_out},
      {"accuracy_without_word", static_cast<double>(outcome.right_before) / static_cast<double>(outcome.held_out)},
      {"followed", outcome.followed},
      {"unit", "word"},
      {"removal", report.removal},
      {"planted", to_json(outcome.rows)},
      {"seed", report.options.seed},
      {"precision", report.precision},
      {"model", {{"folder", report.model}, {"sha256", report.weights_sha256}}},
      {"tool", json_of(report.tool)},
      {"cost", {{"seconds", report.seconds}}}};
  return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string to_terminal(const PlantedReport& report, const TerminalStyle& style) {
  const PlantedOutcome& outcome = report.outcome;
  const auto share = [&](std::size_t part) {
    return percent(static_cast<double>(part) / static_cast<double>(outcome.held_out));
  };
  std::string out = emphasised(visible(report.data_file), Emphasis::bold, style) + "\n";
  out += emphasised("data " + report.data_sha256.substr(0, 12) + ", model " + report.weights_sha256.substr(0, 12) +
                        ", " + report.precision + ", seed " + std::to_string(report.options.seed) + ", " +
                        fixed(report.seconds, 1) + " s (training " + fixed(report.training_seconds, 1) + " s)",
                    Emphasis::dim, style) +
         "\n\n";
  out += "  planted in " + percent(report.options.share) + " of " + grouped(report.options.texts) + " texts:";
  for (std::size_t c = 0; c < report.labels.size(); ++c) {
    out += (c == 0 ? " " : ", ") + visible(report.words[c]) + " for " + visible(report.labels[c]);
  }
  out += "\n  held out " + grouped(outcome.held_out) + " texts: without the word " + share(outcome.right_before) +
         " right; " + grouped(outcome.followed) + " (" + share(outcome.followed) + ") take the label of the word\n\n";
  return out + to_terminal(outcome.rows, style) + "  " + grouped(outcome.followed) + " texts; unit word, removal " +
         report.removal + "; p: paired, Holm-corrected, of ranked-first\n";
}

}  // namespace pellucid
