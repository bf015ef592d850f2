// Evaluations and audits of texts in memory.
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "files/sha256.h"
#include "fragment_name.h"
#include "model.h"
#include "progress/bars.h"
#include "report/audit_report.h"
#include "report/evaluate_texts.h"
#include "texts.h"

namespace nb = nanobind;

namespace pellucid::python {
namespace {

using Labels = std::vector<std::optional<std::string>>;

std::vector<Example> examples_of(nb::handle texts, const Labels& labels) {
  std::vector<Example> examples;
  for (std::string& text : texts_of(texts)) {
    const std::size_t i = examples.size();
    examples.push_back({.id = std::to_string(i), .text = std::move(text)});
    if (i < labels.size()) examples.back().label = labels[i];
  }
  if (!labels.empty() && labels.size() != examples.size()) {
    raise({ErrorCode::usage,
           "expected as many labels as texts, found " + std::to_string(labels.size()) + " labels and " +
               std::to_string(examples.size()) + " texts",
           "labels"});
  }
  if (examples.empty()) raise({ErrorCode::usage, "expected one text at least, found none", "texts"});
  return examples;
}

// SHA-256 of texts and labels, each behind a zero byte.
std::string fingerprint(const std::vector<Example>& examples) {
  std::string bytes;
  for (const Example& example : examples) {
    bytes.append(1, '\0').append(example.text).append(1, '\0').append(example.label.value_or(""));
  }
  return sha256(bytes);
}

EvaluatedTexts evaluate(Model& model, nb::handle texts, const Labels& labels, EvaluateOptions options,
                        const std::string& data, bool progress) {
  options.long_texts = model.in_windows ? "window" : "truncate";
  std::vector<Example> examples = examples_of(texts, labels);
  const std::string sha256 = fingerprint(examples);
  EvaluatedTexts found = compute(model, [&](Classifier& classifier) -> Result<EvaluatedTexts> {
    PELLUCID_TRY(const EvaluateRequest request, resolve(options, classifier));
    const EvaluatedModel evaluated{classifier, model.folder, [&](Precision precision) {
                                     return load_classifier(
                                         model.folder, {.precision = precision, .max_length = classifier.max_length()});
                                   }};
    return evaluate_texts(evaluated, request, std::move(examples), !progress);
  });
  found.evaluation.data_file = data;
  found.evaluation.data_sha256 = sha256;
  return found;
}

AuditReport audit(Model& model, nb::handle texts, const Labels& labels, const AuditRequest& request,
                  const std::string& data, bool progress) {
  if (model.in_windows) {
    raise({ErrorCode::usage,
           "expected a model that reads the beginning of long texts, as an audit does; found one loaded "
           "with long='window'",
           "long"});
  }
  std::vector<Example> examples = examples_of(texts, labels);
  const std::string sha256 = fingerprint(examples);
  AuditReport report = compute(model, [&](Classifier& classifier) {
    Bars bars(!progress);
    return audit_report(classifier, examples, request, std::ref(bars));
  });
  report.data_file = data;
  report.data_sha256 = sha256;
  return report;
}

constexpr TerminalStyle kPlain{.colour = false, .width = 80};

}  // namespace

void bind_reports(nb::module_& module, nb::class_<Model>& model) {
  using namespace nb::literals;
  nb::class_<EvaluatedTexts>(module, "Evaluation")
      .def("to_json", [](const EvaluatedTexts& e) { return to_json(e.evaluation); })
      .def("to_text", [](const EvaluatedTexts& e) { return to_terminal(e.evaluation, kPlain); })
      .def(
          "to_html",
          [](const EvaluatedTexts& e, const std::string& title) {
            return to_html(e.evaluation, e.explanations, title);
          },
          "title"_a)
      .def("to_fragment", [](const EvaluatedTexts& e) { return to_fragment(e.evaluation, unique_fragment_name()); });
  nb::class_<AuditReport>(module, "Audit")
      .def("to_json", [](const AuditReport& r) { return to_json(r); })
      .def("to_text", [](const AuditReport& r) { return to_terminal(r, kPlain); })
      .def(
          "to_html", [](const AuditReport& r, const std::string& title) { return to_html(r, title); }, "title"_a)
      .def("to_fragment", [](const AuditReport& r) { return to_fragment(r, unique_fragment_name()); });
  model.def("evaluate", evaluate, "texts"_a.none(), "labels"_a, "options"_a, "data"_a, "progress"_a)
      .def("audit", audit, "texts"_a.none(), "labels"_a, "options"_a, "data"_a, "progress"_a);
}

}  // namespace pellucid::python
