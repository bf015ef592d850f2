// What `pellucid plausibility` measured: JSON (pellucid.plausibility/1), terminal.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "evaluate/judge.h"
#include "report/explanation.h"
#include "version/version.h"

namespace pellucid {

struct PlausibilityReport {
  std::string data_file;
  std::string data_sha256;
  std::size_t n = 0;         // texts measured
  std::size_t left_out = 0;  // of which nothing or everything is marked
  std::size_t truncated_texts = 0, dropped_pieces = 0;
  std::string unit, removal;
  std::string long_texts;       // truncate, window
  double marked_share = 0;      // of a text's units, mean
  std::optional<double> share;  // of a rationale; none: as many units as people marked
  std::string share_from;       // the file that it comes from
  std::vector<JudgedRow> rows;
  std::uint64_t seed = 0;
  std::string precision;
  std::string weights_sha256;
  Tool tool;
  double seconds = 0;
};

std::string to_json(const PlausibilityReport& report);
std::string to_terminal(const PlausibilityReport& report, const TerminalStyle& style);

}  // namespace pellucid
