#include "train/systems/registry.h"

#include <algorithm>
#include <vector>

#include "error/listed.h"
#include "train/systems/systems.h"

namespace pellucid::train {

std::span<const SystemEntry> systems() {
  static const std::vector<SystemEntry> all = {kOurs, kPlain, kBcos, kTransformer, kCnn, kMamba, kSwin};
  return all;
}

Result<const SystemEntry*> find_system(std::string_view name) {
  const std::span<const SystemEntry> all = systems();
  const auto found = std::ranges::find(all, name, &SystemEntry::name);
  if (found != all.end()) return &*found;
  return fail(ErrorCode::usage,
              "expected a system: one of " + listed(all, &SystemEntry::name) + "; found '" + std::string(name) + "'",
              "--system");
}

}  // namespace pellucid::train
