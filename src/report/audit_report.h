// Texts in, an audit's report out: what `pellucid audit` and the Python package share.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "audit/audit.h"
#include "report/audit.h"
#include "runtime/classifier.h"

namespace pellucid {

// As people name them; the defaults are those of every door.
struct AuditRequest {
  std::string method{kDefaultMethod};
  std::vector<std::string> others{"integrated-gradients", "occlusion"};  // or none
  MethodArguments method_arguments = MethodArguments();
  std::string removal = "mask";
  std::size_t limit = 500;  // texts audited, drawn with the seed
  std::uint64_t seed = 0;
  AuditOptions options = {};  // the rest; its methods and their options follow from the above
};

// Errors name the option as the command line does: "--method".
Result<AuditOptions> resolve(const AuditRequest& request);

// Of `limit` of the examples; the name and the hash of the data are the caller's. Labels, where there are some, are
// among the model's.
Result<AuditReport> audit_report(Classifier& classifier, std::span<const Example> examples, const AuditRequest& request,
                                 const AuditProgress& progress = {});

}  // namespace pellucid
