// A loaded classifier, and how Python computes with it.
#pragma once

#include <nanobind/nanobind.h>

#include <chrono>
#include <limits>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>

#include "failure.h"
#include "progress/interrupt.h"
#include "runtime/classifier.h"

namespace pellucid::python {

struct Model {
  std::unique_ptr<Classifier> classifier;
  std::string folder;
  bool in_windows = false;  // texts longer than max_length are read whole
  int threads = 1;
  std::timed_mutex mutex = {};  // a classifier computes one thing at a time
};

// Whether one of Python's signal handlers has raised, KeyboardInterrupt in general: asked without the GIL, which it
// takes several times a second. Python runs its handlers on the main thread alone, so other threads go on.
class PythonSignals {
 public:
  bool operator()();

 private:
  std::chrono::steady_clock::time_point asked_ = std::chrono::steady_clock::now();
  bool raised_ = false;
};

// The model to oneself, and as many OpenMP threads as it was loaded with.
class Turn {
 public:
  explicit Turn(Model& model);  // Interruption while it waits
  ~Turn();
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  std::unique_lock<std::timed_mutex> lock_;
  int threads_before_;
};

// work(classifier) -> Result<T>, without the GIL; T, or a Python exception.
template <class Work>
auto compute(Model& model, const Work& work) {
  using Outcome = std::invoke_result_t<const Work&, Classifier&>;
  return value([&]() -> Outcome {
    const nanobind::gil_scoped_release released;
    const InterruptSource signals{PythonSignals()};
    try {
      const Turn turn(model);
      return work(*model.classifier);
    } catch (const Interruption& stopped) {
      return fail(ErrorCode::interrupted, stopped.what());
    }
  }());
}

Result<Precision> precision_from_name(const std::string& name, const char* option);

// `given`, where it is from `least` to `most`.
template <class Value>
Result<Value> checked_within(Value given, Value least, Value most, const char* option) {
  if (given >= least && given <= most) return given;
  std::ostringstream message;
  message << "expected ";
  if (most == std::numeric_limits<Value>::max())
    message << "at least " << least;
  else
    message << "a value from " << least << " to " << most;
  message << ", found " << given;
  return fail(ErrorCode::usage, message.str(), option);
}

void bind_explanation(nanobind::module_& module);
void bind_options(nanobind::module_& module);
nanobind::class_<Model> bind_model(nanobind::module_& module);
void bind_reports(nanobind::module_& module, nanobind::class_<Model>& model);

}  // namespace pellucid::python
