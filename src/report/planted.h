// What `pellucid planted` measured: JSON (pellucid.planted/1), terminal.
#pragma once

#include <string>

#include "evaluate/planted.h"
#include "report/explanation.h"
#include "version/version.h"

namespace pellucid {

struct PlantedReport {
  std::string data_file;
  std::string data_sha256;
  PlantingOptions options;
  std::string removal;                     // of the word that the methods explain by
  std::vector<std::string> labels, words;  // [C]
  PlantedOutcome outcome;
  std::string model;  // the trained one's folder
  std::string precision;
  std::string weights_sha256;
  Tool tool;
  double training_seconds = 0, seconds = 0;
};

std::string to_json(const PlantedReport& report);
std::string to_terminal(const PlantedReport& report, const TerminalStyle& style);

}  // namespace pellucid
