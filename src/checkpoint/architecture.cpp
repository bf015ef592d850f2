#include "checkpoint/architecture.h"

#include <algorithm>

#include "error/listed.h"

namespace pellucid {

std::string_view Architecture::key_of(std::int64_t EncoderConfig::* field) const {
  return std::ranges::find(sizes, field, &Size::field)->key;
}

std::span<const Architecture* const> architectures() {
  static constexpr const Architecture* kAll[] = {&kBert,       &kDebertaV2, &kDistilbert, &kElectra,
                                                 &kModernBert, &kMpnet,     &kRoberta,    &kXlmRoberta};
  return kAll;
}

const Architecture* find_architecture(std::string_view model_type) {
  const auto all = architectures();
  const auto found = std::ranges::find(all, model_type, &Architecture::model_type);
  return found == all.end() ? nullptr : *found;
}

std::string architecture_names() {
  return listed(architectures(), &Architecture::model_type);
}

std::string tensor_name(const Architecture& architecture, std::string_view bert) {
  std::string name(bert);
  if (!name.starts_with("embeddings.") && !name.starts_with("encoder.")) return name;
  for (const Architecture::Renaming& part : architecture.tensors) {
    const std::size_t at = name.find(part.bert);
    if (at != std::string::npos) name.replace(at, part.bert.size(), part.file);
  }
  return name;
}

}  // namespace pellucid
