#include "fragment_name.h"

#include <atomic>
#include <random>

namespace pellucid::python {

std::string unique_fragment_name() {
  static const unsigned process = std::random_device()();
  static std::atomic<unsigned> pieces = 0;
  return "pellucid-" + std::to_string(process) + "-" + std::to_string(++pieces);
}

}  // namespace pellucid::python
