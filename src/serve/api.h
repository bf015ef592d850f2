// The JSON of the service's requests; docs/formats.md. What is wrong with one is said precisely, and never reaches a
// model.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "serve/engine.h"
#include "serve/served_model.h"

namespace pellucid {

struct ApiLimits {
  std::size_t predict_texts = 256;  // of one request
  std::size_t explain_texts = 32;
  std::size_t explanations = 256;  // texts times methods times classes
  // Bytes of their texts: each explanation has its text again and more for every word.
  std::size_t explained_bytes = std::size_t{1} << 20;
  std::size_t text_bytes = std::size_t{256} << 10;
  std::size_t samples = 1000;                 // of methods that draw some
  std::chrono::milliseconds deadline{30000};  // a request may ask for less
};

enum class Task { predict, explain };

// 400 for what is malformed or unknown, 413 for what is too much.
tl::expected<Work, Refusal> read_work(Task task, std::string_view body, const std::shared_ptr<ServedModel>& model,
                                      const ApiLimits& limits);

// {"schema": "pellucid.predictions/1", "predictions": […]} or "pellucid.explanations/1", "explanations".
std::string write_answer(Task task, const Answer& answer, const ServedModel& model);

// {"schema": "pellucid.service/1", …}: labels, methods, limits.
std::string describe_service(const ServedModel& model, const ApiLimits& limits, bool recording);

}  // namespace pellucid
