#include "report/plausibility.h"

#include <nlohmann/json.hpp>

#include "report/escape.h"
#include "report/judged_table.h"
#include "report/numbers.h"
#include "report/terminal.h"
#include "report/tool.h"

namespace pellucid {

using nlohmann::ordered_json;

std::string to_json(const PlausibilityReport& report) {
  const ordered_json object = {
      {"schema", "pellucid.plausibility/1"},
      {"data",
       {{"file", report.data_file},
        {"sha256", report.data_sha256},
        {"n", report.n},
        {"left_out", report.left_out},
        {"truncated_texts", report.truncated_texts},
        {"truncated_pieces", report.dropped_pieces},
        {"marked_share", report.marked_share}}},
      {"unit", report.unit},
      {"removal", report.removal},
      {"long", report.long_texts},
      {"rationale_share", report.share ? ordered_json(*report.share) : ordered_json()},
      {"rationale_share_from", report.share ? ordered_json(report.share_from) : ordered_json()},
      {"plausibility", to_json(report.rows)},
      {"seed", report.seed},
      {"precision", report.precision},
      {"model", {{"sha256", report.weights_sha256}}},
      {"tool", json_of(report.tool)},
      {"cost", {{"seconds", report.seconds}}}};
  return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string to_terminal(const PlausibilityReport& report, const TerminalStyle& style) {
  std::string out = emphasised(visible(report.data_file), Emphasis::bold, style) + "\n";
  out += emphasised("data " + report.data_sha256.substr(0, 12) + ", model " + report.weights_sha256.substr(0, 12) +
                        ", " + report.precision + ", seed " + std::to_string(report.seed) + ", " +
                        fixed(report.seconds, 1) + " s",
                    Emphasis::dim, style) +
         "\n\n" + to_terminal(report.rows, style);
  out += "  " + grouped(report.n) + " texts";
  if (report.left_out > 0) out += ", " + grouped(report.left_out) + " left out (nothing or everything marked)";
  out += "; unit " + report.unit + ", removal " + report.removal + ", " + percent(report.marked_share) +
         " marked; a rationale is " +
         (report.share ? percent(*report.share) + " of the text" : "as long as the human one") +
         "; p: paired, Holm-corrected, of auprc\n";
  if (report.truncated_texts > 0) {
    out += "  " + grouped(report.truncated_texts) + " texts were cut: " + grouped(report.dropped_pieces) +
           " pieces not read, ranked last (--long window reads all)\n";
  }
  return out;
}

}  // namespace pellucid
