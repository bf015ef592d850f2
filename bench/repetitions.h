// What the bench programs share: arguments MODEL TEXTS [PRECISION], then one repetition for each
// line of stdin, its seconds and what else is known of it answered as a line of JSON.
#pragma once

#include <malloc.h>

#include <chrono>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "data/reader.h"
#include "error/error.h"
#include "kernels/precision.h"

namespace pellucid::bench {

inline Result<std::vector<std::string>> read_texts(const std::string& path) {
  PELLUCID_TRY(const std::vector<Example> examples, read_examples(path, {}));
  std::vector<std::string> texts;
  for (const Example& example : examples) texts.push_back(example.text);
  return texts;
}

inline Precision precision_of(const std::string& name) {
  return name == "int8" ? Precision::int8 : name == "bf16" ? Precision::bf16 : Precision::fp32;
}

// As the programs of app/ do: memory that is given back to the system is faulted in again.
inline void keep_memory() {
  ::mallopt(M_MMAP_THRESHOLD, 1 << 30);
  ::mallopt(M_TRIM_THRESHOLD, 1 << 30);
}

// `repetition` takes a request and returns what is to be timed with it: a Result of a JSON object.
template <class Repetition>
Result<void> repeat(const Repetition& repetition) {
  using Clock = std::chrono::steady_clock;
  std::string request;
  while (std::getline(std::cin, request)) {
    const auto start = Clock::now();
    PELLUCID_TRY(nlohmann::json figures, repetition(request));
    figures["seconds"] = std::chrono::duration<double>(Clock::now() - start).count();
    std::cout << figures.dump() << std::endl;
  }
  return {};
}

template <class Program>
int run_program(int argc, char** argv, const Program& program) {
  keep_memory();
  if (argc < 3 || argc > 4) {
    std::fprintf(stderr, "expected: MODEL TEXTS.jsonl [fp32|bf16|int8]\n");
    return 2;
  }
  const std::string precision = argc > 3 ? argv[3] : "fp32";
  if (const Result<void> done = program(argv[1], argv[2], precision); !done) {
    std::fprintf(stderr, "%s: %s\n", argv[0], describe(done.error()).c_str());
    return 1;
  }
  return 0;
}

}  // namespace pellucid::bench
