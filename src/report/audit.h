// An audit as people and programs get it: JSON (pellucid.audit/1), terminal, HTML.
#pragma once

#include <string>
#include <vector>

#include "audit/audit.h"
#include "report/explanation.h"
#include "version/version.h"

namespace pellucid {

struct AuditReport {
  Audit audit;
  AuditOptions options;
  std::string data_file;
  std::string data_sha256;
  std::size_t n = 0;  // texts in the file; the audit may have fewer
  std::size_t truncated_texts = 0, dropped_pieces = 0;
  std::vector<std::string> classes;  // [C]
  std::uint64_t seed = 0;
  std::string precision;
  std::string weights_sha256;
  Tool tool;
  double seconds = 0;
};

std::string to_json(const AuditReport& report);
std::string to_terminal(const AuditReport& report, const TerminalStyle& style);
std::string to_html(const AuditReport& report, const std::string& title);
std::string to_fragment(const AuditReport& report, const std::string& name);  // as of an explanation

// ---- what the three share ----

const std::string& label_of(const AuditReport& report, std::int32_t label);
std::size_t labelled_texts(const AuditReport& report);
std::size_t driving_words(const Shortcuts& shortcuts);
// A unit's bytes in its text.
std::string unit_text(const AuditedText& text, std::size_t unit);
// Units with the largest scores (towards 1) or the smallest (−1), beyond 0, the strongest first.
std::vector<std::size_t> strongest_units(const std::vector<double>& scores, int towards, std::size_t count);

// The example's text with the word in place of the unit that gave way, and where it stands now.
struct SwappedText {
  std::string text;
  ByteRange word;
};
SwappedText swapped_text(const AuditReport& report, const TestedWord& word, const SwapExample& example);

}  // namespace pellucid
