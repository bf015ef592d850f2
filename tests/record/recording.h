// Decision logs of the tiny model, and a door to their tables for those who tamper.
#pragma once

#include <sqlite3.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "record/decision.h"
#include "record/log.h"
#include "tiny_model.h"

namespace pellucid {

inline Draft simple_draft(const std::string& text) {
  return {.body = {{"kind", "note"}}, .content = {{"text", text}}};
}

// Runs SQL behind the log's back, its guards taken away.
inline void tamper(const std::filesystem::path& file, const std::string& sql) {
  sqlite3* database = nullptr;
  sqlite3_open(file.c_str(), &database);
  const std::string all =
      "DROP TRIGGER IF EXISTS entries_stay; DROP TRIGGER IF EXISTS entries_are_never_changed; " + sql;
  char* said = nullptr;
  const int status = sqlite3_exec(database, all.c_str(), nullptr, nullptr, &said);
  const std::string problem = said != nullptr ? said : "";
  sqlite3_free(said);
  sqlite3_close(database);
  if (status != SQLITE_OK) throw std::runtime_error(problem);
}

// A tiny model in a folder, with a log beside it.
struct Recorded {
  TemporaryFolder folder;
  std::filesystem::path model = folder / "model";
  std::filesystem::path file = folder / "decisions.db";
  std::unique_ptr<Classifier> classifier;

  explicit Recorded(Adjust adjust = Adjust::top) {
    write_tiny_model(model, adjust);
    classifier = unwrap(load_classifier(model.string(), {}));
  }

  DecisionRecorder recorder(LogText log_text = LogText::full) const {
    return unwrap(DecisionRecorder::create(unwrap(identify(model.string(), *classifier)), *classifier, log_text));
  }

  std::vector<Entry> record(const std::vector<std::string>& texts, const ExplainOptions& options = {},
                            LogText log_text = LogText::full) const {
    std::vector<Example> examples;
    for (const std::string& text : texts) examples.push_back({.id = std::to_string(examples.size() + 1), .text = text});
    const auto explanations =
        unwrap(explain_texts(*classifier, unwrap(resolve(options, classifier->labels())), examples));
    const DecisionRecorder recorder = this->recorder(log_text);
    std::vector<Draft> drafts;
    for (const Explanation& explanation : explanations) drafts.push_back(unwrap(recorder.draft(explanation, options)));
    DecisionLog log = unwrap(DecisionLog::open(file, Access::create));
    return unwrap(log.append(drafts));
  }
};

}  // namespace pellucid
