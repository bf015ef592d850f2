#include "report/audit_report.h"

#include <algorithm>
#include <chrono>

#include "data/label_index.h"
#include "data/split.h"
#include "version/version.h"

namespace pellucid {
namespace {

using Clock = std::chrono::steady_clock;

// What is wrong with a method is said of --method; of the others it is another option's.
template <class Value>
Result<Value> of_others(Result<Value> result) {
  if (!result) result.error().where = "--others";
  return result;
}

// A method that does not apply is told before the work.
Result<void> check_methods(const Classifier& classifier, const AuditOptions& options) {
  PELLUCID_CHECK(options.method->check_applies(classifier));
  for (const Method* other : options.others) PELLUCID_CHECK(of_others(other->check_applies(classifier)));
  return {};
}

Result<void> check_labels(std::span<const Example> examples, const LabelSet& labels) {
  for (const Example& example : examples) {
    if (!example.label) continue;
    PELLUCID_CHECK(label_index(labels, *example.label, ErrorCode::format, "text " + example.id));
  }
  return {};
}

}  // namespace

Result<AuditOptions> resolve(const AuditRequest& request) {
  AuditOptions options = request.options;
  PELLUCID_TRY(options.method, find_method(request.method));
  for (const std::string& name : request.others) {
    if (request.others == std::vector<std::string>{"none"}) break;
    PELLUCID_TRY(const Method* other, of_others(find_method(name)));
    const bool known = other == options.method || std::ranges::find(options.others, other) != options.others.end();
    if (!known) options.others.push_back(other);
  }
  std::vector<const Method*> all = options.others;
  all.push_back(options.method);
  PELLUCID_CHECK(set_options(request.method_arguments, all, options.method_options));
  PELLUCID_TRY(options.method_options.removal, removal_from_name(request.removal));
  options.method_options.seed = request.seed;
  options.shortcuts.candidates.min_texts = options.words.min_texts;
  return options;
}

Result<AuditReport> audit_report(Classifier& classifier, std::span<const Example> examples, const AuditRequest& request,
                                 const AuditProgress& progress) {
  const auto start = Clock::now();
  AuditReport report;
  report.seed = request.seed;
  PELLUCID_TRY(report.options, resolve(request));
  PELLUCID_CHECK(check_methods(classifier, report.options));
  PELLUCID_CHECK(check_labels(examples, classifier.labels()));
  report.classes = classifier.labels().names();
  report.precision = name_of(classifier.precision());
  report.weights_sha256 = classifier.weights_sha256();
  report.tool = this_tool();
  report.n = examples.size();
  PELLUCID_TRY(report.audit,
               audit_texts(classifier, selected(examples, draw(examples.size(), request.limit, request.seed)),
                           report.options, progress));
  for (const AuditedText& text : report.audit.texts.texts) {
    report.truncated_texts += text.encoding.dropped > 0;
    report.dropped_pieces += text.encoding.dropped;
  }
  report.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return report;
}

}  // namespace pellucid
