#include "study/table.h"

#include <algorithm>

#include "error/listed.h"
#include "report/numbers.h"

namespace pellucid::study {
namespace {

using compare::Figure;
using compare::p_value_text;
using compare::spread_text;
using compare::Table;

std::string number(double value) {
  return fixed(value, 3);
}

std::string with_interval(const Figure& figure) {
  return number(figure.value) + " " + interval_text(figure.interval, 3);
}

std::string consistency_text(const StudyRow& row, Figure Consistency::* which) {
  if (row.reference) return "reference";
  return row.consistency ? with_interval((*row.consistency).*which) : "–";
}

const StudyRow& reference_of(const Study& study) {
  return *std::ranges::find(study.rows, true, &StudyRow::reference);
}

std::string varied(const Study& study) {
  const std::string what = "Varied: " + std::string(study.kind->axis);
  switch (study.kind->varies) {
    case Varies::option: return what + ", an option of training. All else is held.";
    case Varies::training_texts:
      return what +
             ", by changing the training texts, for each seed by itself; validation and test texts stay as they are.";
    case Varies::test_texts: break;
  }
  return what + ", by changing the test texts of one model a seed; training and validation texts stay as they are.";
}

}  // namespace

std::string name_of(const StudyRow& row) {
  return row_name(row.text, row.group);
}

std::string correlation_text(const StudyRow& row) {
  return consistency_text(row, &Consistency::rank_correlation);
}
std::string overlap_text(const StudyRow& row) {
  return consistency_text(row, &Consistency::overlap);
}

Table labels_table(const Study& study) {
  Table table = {{std::string(study.kind->name), "accuracy", "sd", "p", "precision", "recall", "F1", "sd"}};
  for (const StudyRow& row : study.rows) {
    table.push_back({name_of(row), with_interval(row.accuracy), spread_text(row.accuracy), p_value_text(row.accuracy),
                     number(row.precision.value), number(row.recall.value), with_interval(row.f1),
                     spread_text(row.f1)});
  }
  return table;
}

Table explanations_table(const Study& study) {
  Table table = {{std::string(study.kind->name), "comp.", "suff.", "comp. − suff.", "p", "random", "rank correlation",
                  "top-5 overlap", "n"}};
  for (const StudyRow& row : study.rows) {
    table.push_back({name_of(row), number(row.comprehensiveness.value), number(row.sufficiency.value),
                     with_interval(row.difference), p_value_text(row.difference), number(row.random),
                     correlation_text(row), overlap_text(row), row.consistency ? grouped(row.consistency->n) : ""});
  }
  return table;
}

Table minority_table(const Study& study) {
  Table table = {{std::string(study.kind->name), "minority recall", "sd", "evidence against it", "sd", "n"}};
  for (const StudyRow& row : study.rows) {
    if (!row.minority) continue;
    table.push_back({name_of(row), with_interval(row.minority->recall), spread_text(row.minority->recall),
                     with_interval(row.minority->against), spread_text(row.minority->against),
                     grouped(row.minority->n)});
  }
  return table;
}

std::string comparison_text(const Claim& claim) {
  std::string text =
      std::string(name_of(claim.measure)) + " at " + claim.at + ": " + std::string(name_of(claim.relation)) + " ";
  text += claim.than == kNoiseFloor ? "the noise floor" : "that at " + claim.than;
  if (claim.margin > 0) {
    text += (claim.relation == Relation::near ? " within " : " by more than ") + shortest(claim.margin);
  }
  return text;
}

Table claims_table(const Study& study) {
  Table table = {{"claim", "that is", "difference", "verdict"}};
  for (const JudgedClaim& one : study.claims) {
    table.push_back({one.claim.says, comparison_text(one.claim), one.difference ? with_interval(*one.difference) : "–",
                     std::string(name_of(one.verdict))});
  }
  return table;
}

std::vector<std::string> notes_of(const Study& study) {
  const bool several = study.seeds.size() > 1;
  std::vector<std::string> notes = {varied(study), texts_note(study)};
  if (!study.minority.empty()) {
    notes.push_back("Minority classes, each in turn: " + listed(study.minority) +
                    ". Figures are means over these; a seed's is too.");
  }
  if (study.sentences) {
    notes.push_back(grouped(study.sentences->several) + " of the " + grouped(study.sentences->texts) +
                    " test texts have more than one sentence; the others stay as they are where sentences are moved.");
  }
  notes.push_back((several ? "Means over seeds " : "Seed ") + seeds_text(study) +
                  "; precision, recall, F1: macro averages; intervals: 95%, bootstrap over test texts" +
                  (several ? "; sd: over seeds" : "") + "; p: paired tests against " + name_of(reference_of(study)) +
                  ", Holm-corrected over all rows.");
  notes.push_back("Explanations, by " + study.method + ": " + explained_note(study) +
                  ". Rank correlation (Spearman's) and overlap of the five strongest: with the explanation of the "
                  "reference of the same seed, on the n pairs of texts that both label alike.");
  if (study.floor) {
    notes.push_back("Noise floor, the reference of one seed against that of another: rank correlation " +
                    with_interval(study.floor->rank_correlation) + ", overlap " + with_interval(study.floor->overlap) +
                    ", n " + grouped(study.floor->n) + ". What lies above it changes less than another seed does.");
  }
  if (!study.minority.empty()) {
    notes.emplace_back(
        "Evidence against it: in the minority class's test texts, explained for that class, the share of evidence that "
        "speaks against it, and so for the majority.");
  }
  if (!study.claims.empty()) {
    notes.emplace_back(
        "Claims: confirmed where the whole interval of the difference, and the difference of each seed, is as claimed; "
        "refuted where no part of the interval and no seed's is; undecided otherwise.");
  }
  return notes;
}

}  // namespace pellucid::study
