// A difference between two releases as people and programs get it: JSON (pellucid.diff/1), terminal, HTML.
#pragma once

#include <string>
#include <vector>

#include "diff/diff.h"
#include "diff/gate.h"
#include "report/explanation.h"
#include "version/version.h"

namespace pellucid {

struct DiffedModel {
  std::string folder;
  std::string weights_sha256;
  std::size_t truncated_texts = 0, dropped_pieces = 0;
};

struct DiffReport {
  Diff diff;
  DiffOptions options;
  std::vector<GateCheck> gate;  // of the limits that were asked for
  DiffedModel a, b;
  std::string data_file;
  std::string data_sha256;
  std::vector<std::string> classes;  // [C]
  std::string precision;
  Tool tool;
  double seconds = 0;
};

std::string to_json(const DiffReport& report);
std::string to_terminal(const DiffReport& report, const TerminalStyle& style);
std::string to_html(const DiffReport& report, const std::string& title);

// "expected at most 0.0200 of the texts with another label, found 0.0310 over 300 texts"
std::string in_words(const GateCheck& check);

// ---- what they share ----

int decimals_of(const GateCheck& check);  // 4, or as many as tell what was found from the limit
const std::string& label_of(const DiffReport& report, std::int32_t label);
const DiffText& text_of(const DiffReport& report, const ExplainedText& explained);
// "Sports 98.1%"
std::string with_probability(const DiffReport& report, const ModelPrediction& prediction);

// Pairs of labels by the texts that went from one to the other, most first.
struct LabelMove {
  std::int32_t from = 0, to = 0;
  std::size_t texts = 0;
};
std::vector<LabelMove> label_moves(const LabelChanges& changes);

}  // namespace pellucid
