// Why a request has no answer.
#pragma once

#include <string>

namespace pellucid {

struct Refusal {
  int status = 500;  // as HTTP says it: 400, 413, 429, 500, 503, 504
  std::string message;
};

inline Refusal too_little_memory() {
  return {503,
          "expected more memory for this request, found that the system gives none; fewer or shorter texts need less"};
}

}  // namespace pellucid
