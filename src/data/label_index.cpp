#include "data/label_index.h"

#include "error/listed.h"

namespace pellucid {

Result<std::int32_t> label_index(const LabelSet& labels, const std::string& name, ErrorCode code,
                                 const std::string& where) {
  if (const auto index = labels.index(name)) return *index;
  return fail(code, "expected one of the model's labels (" + listed(labels.names()) + "), found '" + name + "'", where);
}

}  // namespace pellucid
