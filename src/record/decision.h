// A decision as an entry of the log: everything that is needed to repeat it, and what came out.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "error/error.h"
#include "record/log.h"
#include "report/explain_texts.h"
#include "report/explanation.h"
#include "report/prediction.h"
#include "runtime/classifier.h"

namespace pellucid {

// How much of a text the log keeps: all of it, its SHA-256, nothing.
enum class LogText { full, hash, none };
Result<LogText> log_text_from_name(std::string_view name);

// The files that make a model what it is, by name, with their SHA-256.
struct ModelIdentity {
  std::string folder;
  std::map<std::string, std::string> files;
};
// Fails where the weights are no longer those that `classifier` was loaded from.
Result<ModelIdentity> identify(const std::string& name_or_path, const Classifier& classifier);

// What computes: two decisions of one Build are equal to the last bit.
struct Build {
  std::string version;
  std::string program;   // SHA-256 of the program
  std::string platform;  // kernels/precision.h
};
Result<Build> this_build();

// Makes drafts of the decisions of one loaded model.
class DecisionRecorder {
 public:
  static Result<DecisionRecorder> create(const ModelIdentity& identity, const Classifier& classifier, LogText log_text);

  // `options` are those that `explanation` was made with (one of their methods and targets). Texts that are not UTF-8
  // are refused: JSON could not repeat them.
  Result<Draft> draft(const Explanation& explanation, const ExplainOptions& options) const;
  Result<Draft> draft(const Prediction& prediction, std::string_view text, const std::string& long_texts) const;

 private:
  DecisionRecorder() = default;
  nlohmann::json body(const char* kind, const std::string& long_texts) const;
  Result<void> add_text(nlohmann::json& content, std::string_view text, const std::string& id) const;

  nlohmann::json model_, tool_;
  std::string precision_;
  std::size_t max_length_ = 0;
  LogText log_text_ = LogText::full;
};

// A decision read back.
struct Decision {
  std::int64_t number = 0;
  std::string time, content_sha256;  // as the entry states them
  bool explained = false;            // else predicted alone
  ModelIdentity model;
  Build build;
  std::string precision;
  std::size_t max_length = 0;
  ExplainOptions options;
  std::optional<std::string> text, text_sha256;  // as far as they were kept
  Explanation result;                            // of a prediction: label, classes, logits, probabilities
};
// Fails where the entry is no decision, or its content was erased.
Result<Decision> read_decision(const Entry& entry);

}  // namespace pellucid
