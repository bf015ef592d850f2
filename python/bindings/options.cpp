// What can be asked for, as the command line names it. Each begins with the defaults of every door.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>
#include <limits>
#include <utility>

#include "model.h"
#include "report/audit_report.h"
#include "report/evaluate_texts.h"
#include "report/explain_texts.h"

namespace nb = nanobind;

namespace pellucid::python {
namespace {

// options.NAME for a member that lies deeper.
template <class Options, class Find>
void add(nb::class_<Options>& options, const char* name, const Find& find) {
  using Value = std::remove_cvref_t<decltype(find(std::declval<Options&>()))>;
  options.def_prop_rw(
      name, [find](Options& o) -> Value { return find(o); },
      [find](Options& o, Value value) { find(o) = std::move(value); });
}

// The same from `least` to `most`, as the command line wants `option`.
template <class Options, class Find, class Value>
void add_within(nb::class_<Options>& options, const char* name, const Find& find, const char* option, Value least,
                Value most) {
  options.def_prop_rw(
      name, [find](Options& o) -> Value { return find(o); },
      [find, option, least, most](Options& o, Value given) {
        find(o) = value(checked_within(given, least, most, option));
      });
}
template <class Options, class Find>
void add_count(nb::class_<Options>& options, const char* name, const Find& find, const char* option) {
  add_within(options, name, find, option, std::size_t{1}, std::numeric_limits<std::size_t>::max());
}

template <class Options, class Find>
void add_method_arguments(nb::class_<Options>& options, const Find& find) {
  add(options, "samples", [find](Options& o) -> auto& { return find(o).samples; });
  add(options, "steps", [find](Options& o) -> auto& { return find(o).steps; });
  add(options, "baseline", [find](Options& o) -> auto& { return find(o).baseline; });
}

}  // namespace

void bind_options(nb::module_& module) {
  nb::class_<ExplainOptions> explain(module, "ExplainOptions");
  explain.def(nb::init<>())
      .def_rw("methods", &ExplainOptions::methods)
      .def_rw("targets", &ExplainOptions::targets)
      .def_rw("against", &ExplainOptions::against)
      .def_rw("unit", &ExplainOptions::unit)
      .def_rw("removal", &ExplainOptions::removal)
      .def_rw("seed", &ExplainOptions::seed);
  add_method_arguments(explain, [](ExplainOptions& o) -> auto& { return o.method; });

  nb::class_<EvaluateOptions> evaluate(module, "EvaluateOptions");
  evaluate.def(nb::init<>())
      .def_rw("faithfulness", &EvaluateOptions::faithfulness)
      .def_rw("quality_study", &EvaluateOptions::quality_study)
      .def_rw("stability", &EvaluateOptions::stability)
      .def_rw("methods", &EvaluateOptions::methods)
      .def_rw("measures", &EvaluateOptions::measures)
      .def_rw("sort_by", &EvaluateOptions::sort_by)
      .def_rw("bins", &EvaluateOptions::bins)
      .def_rw("unit", &EvaluateOptions::unit)
      .def_rw("removal", &EvaluateOptions::removal)
      .def_rw("examples", &EvaluateOptions::examples)
      .def_rw("seed", &EvaluateOptions::seed)
      .def_rw("parts", &EvaluateOptions::parts)
      .def_prop_rw(
          "explain_precision",
          [](const EvaluateOptions& o) {
            return std::string(o.explain_precision ? name_of(*o.explain_precision) : "");
          },
          [](EvaluateOptions& o, const std::string& name) {
            o.explain_precision = value(precision_from_name(name, "--explain-precision"));
          });
  add_count(evaluate, "limit", [](EvaluateOptions& o) -> auto& { return o.limit; }, "--limit");
  add_method_arguments(evaluate, [](EvaluateOptions& o) -> auto& { return o.method; });

  nb::class_<AuditRequest> audit(module, "AuditOptions");
  audit.def(nb::init<>())
      .def_rw("method", &AuditRequest::method)
      .def_rw("others", &AuditRequest::others)
      .def_rw("removal", &AuditRequest::removal)
      .def_rw("seed", &AuditRequest::seed);
  add_method_arguments(audit, [](AuditRequest& r) -> auto& { return r.method_arguments; });
  add_count(audit, "limit", [](AuditRequest& r) -> auto& { return r.limit; }, "--limit");
  add_count(audit, "min_texts", [](AuditRequest& r) -> auto& { return r.options.words.min_texts; }, "--min-texts");
  add(audit, "words", [](AuditRequest& r) -> auto& { return r.options.words.count; });
  add(audit, "candidates", [](AuditRequest& r) -> auto& { return r.options.shortcuts.candidates.count; });
  add_count(
      audit, "test_texts", [](AuditRequest& r) -> auto& { return r.options.shortcuts.effects.texts; }, "--test-texts");
  add_within(
      audit, "least_effect", [](AuditRequest& r) -> auto& { return r.options.shortcuts.effects.least_effect; },
      "--least-effect", 0.0, 1.0);
  add_within(audit, "fdr", [](AuditRequest& r) -> auto& { return r.options.shortcuts.fdr; }, "--fdr", 0.0, 1.0);
  add(audit, "examples", [](AuditRequest& r) -> auto& { return r.options.examples; });
}

}  // namespace pellucid::python
