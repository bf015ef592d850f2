// An explanation as people and programs get it: JSON (pellucid.explanation/1), terminal, HTML, SVG.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "attribution/method.h"
#include "attribution/units.h"
#include "evaluate/quality.h"
#include "runtime/classifier.h"

namespace pellucid {

struct ExplainedUnit {
  ByteRange range;
  double score = 0;
};

struct Explanation {
  std::string id;
  std::string text;
  std::string label;                  // predicted
  std::optional<std::string> gold;    // shown where known, never used
  std::vector<std::string> classes;   // [C]
  std::vector<double> probabilities;  // [C]
  std::vector<double> logits;         // [C]
  std::string method;
  bool complete = true;   // the method's contract: scores + bias = explained
  bool has_signs = true;  // a score says whether the unit speaks for the target or against it, not only how much
  std::string target;
  std::optional<std::string> against;  // nullopt: the mean of all classes
  Unit unit = Unit::word;
  std::vector<ExplainedUnit> units;
  double explained = 0, bias = 0, special = 0, residual = 0;
  std::size_t dropped_pieces = 0;  // > 0: the text was cut at max_length
  std::size_t windows = 1;         // > 1: the text was read in windows
  std::string precision;
  std::string weights_sha256;
  std::string version;
  double seconds = 0, forward_equivalents = 0;
  std::optional<Quality> quality = {};  // where asked for
};

Explanation make_explanation(std::string id, std::string text, const Encoding& encoding, const Attribution& attribution,
                             const Method& method, Unit unit, const Classifier& classifier);

// One line of JSON without the newline; docs/formats.md.
std::string to_json(const Explanation& explanation);

struct TerminalStyle {
  bool colour = true;
  std::size_t width = 80;
};
std::string to_terminal(const Explanation& explanation, const TerminalStyle& style);

// One picture of one explanation: the text with its evidence shaded, the probabilities beside it.
std::string to_svg(const Explanation& explanation);

// A self-contained page (no external resource, strict CSP, light and dark, keyboard and screen reader).
// Explanations of the same text (same id) for several methods or classes are shown together.
std::string to_html(std::span<const Explanation> explanations, const std::string& title);

// The same without the frame, to stand within another page, where no other id begins with `name` and a dash.
std::string to_fragment(std::span<const Explanation> explanations, const std::string& name);

}  // namespace pellucid
