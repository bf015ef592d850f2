#include "model.h"

#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>
#include <omp.h>

#include <algorithm>
#include <optional>
#include <span>
#include <thread>

#include "attribution/windows.h"
#include "evaluate/quality.h"
#include "kernels/threads.h"
#include "progress/progress.h"
#include "report/explain_texts.h"
#include "texts.h"

namespace nb = nanobind;

namespace pellucid::python {
namespace {

using namespace std::chrono_literals;

constexpr auto kBetweenSignals = 50ms;
constexpr std::size_t kPredictedTogether = 1024, kExplainedTogether = 64;  // texts
constexpr std::size_t kBatchTokens = 4096;
constexpr int kMostThreads = 1024;
constexpr std::size_t kMostOrders = 1000;

}  // namespace

bool PythonSignals::operator()() {
  if (raised_) return true;
  const auto now = std::chrono::steady_clock::now();
  if (now - asked_ < kBetweenSignals) return false;
  asked_ = now;
  const nb::gil_scoped_acquire acquired;
  raised_ = PyErr_CheckSignals() != 0;  // the exception waits in the thread's state until `compute` has the GIL again
  return raised_;
}

Turn::Turn(Model& model) : lock_(model.mutex, std::defer_lock), threads_before_(omp_get_max_threads()) {
  while (!lock_.try_lock_for(kBetweenSignals)) stop_if_interrupted();
  omp_set_num_threads(model.threads);
}

Turn::~Turn() {
  omp_set_num_threads(threads_before_);
}

Result<Precision> precision_from_name(const std::string& name, const char* option) {
  for (const Precision precision : {Precision::fp32, Precision::bf16, Precision::int8}) {
    if (name == name_of(precision)) return precision;
  }
  return fail(ErrorCode::usage, "expected fp32, bf16 or int8, found '" + name + "'", option);
}

namespace {

// ---- loading ----

Result<bool> reads_windows(const std::string& long_texts) {
  if (long_texts == "truncate" || long_texts == "window") return long_texts == "window";
  return fail(ErrorCode::usage, "expected truncate or window, found '" + long_texts + "'", "--long");
}

std::unique_ptr<Model> load(const std::string& folder, const std::string& precision, std::size_t max_length,
                            const std::string& long_texts, int threads) {
  value(checked_within(threads, 0, kMostThreads, "--threads"));
  auto model = std::make_unique<Model>();
  model->folder = folder;
  model->in_windows = value(reads_windows(long_texts));
  model->threads = threads > 0 ? threads : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  {
    const ThreadsMeanwhile ours(model->threads);
    value(use_threads(model->threads));
  }
  const LoadOptions options{.precision = value(precision_from_name(precision, "--precision")),
                            .max_length = max_length};
  auto classifier = [&] {
    const nb::gil_scoped_release released;
    return load_classifier(folder, options);
  }();
  model->classifier = value(std::move(classifier));
  if (model->in_windows) value(check_windows(*model->classifier));
  return model;
}

// ---- predicting ----

struct Predictions {
  std::vector<float> logits;          // [N, C]
  std::vector<double> probabilities;  // [N, C]
  std::size_t classes = 0;
  std::size_t truncated_texts = 0, dropped_pieces = 0;
};

Result<Predictions> predict_all(Classifier& classifier, const std::vector<std::string>& texts, bool in_windows,
                                bool quiet) {
  Predictions found;
  found.classes = classifier.labels().size();
  Progress progress("predicting", texts.size(), "texts", quiet);
  for (std::size_t first = 0; first < texts.size(); first += kPredictedTogether) {
    const auto chunk = std::span(texts).subspan(first, std::min(kPredictedTogether, texts.size() - first));
    std::vector<Encoding> encodings;
    for (const std::string& text : chunk) {
      encodings.push_back(encode(classifier, text, in_windows));
      found.truncated_texts += encodings.back().dropped > 0;
      found.dropped_pieces += encodings.back().dropped;
    }
    const std::vector<float> logits = predict_in_windows(classifier, encodings, kBatchTokens);
    for (std::size_t i = 0; i < chunk.size(); ++i) {
      const auto own = std::span(logits).subspan(i * found.classes, found.classes);
      PELLUCID_CHECK(check_finite(own, "text " + std::to_string(first + i)));
      const std::vector<double> p = softmax(own);
      found.probabilities.insert(found.probabilities.end(), p.begin(), p.end());
    }
    found.logits.insert(found.logits.end(), logits.begin(), logits.end());
    progress.advance(chunk.size());
  }
  return found;
}

Predictions predict(Model& model, nb::handle texts, bool progress) {
  const std::vector<std::string> given = texts_of(texts);
  return compute(model,
                 [&](Classifier& classifier) { return predict_all(classifier, given, model.in_windows, !progress); });
}

// A view of `values`, which belong to the object whose property it is.
template <class T>
auto rows_of(std::vector<T>& values, std::size_t columns) {
  return nb::ndarray<nb::numpy, T, nb::ndim<2>>(values.data(), {values.size() / columns, columns});
}

// ---- explaining ----

// Verdicts on explanations, where they are asked for.
Result<std::optional<QualityOptions>> quality_of(Classifier& classifier, const ExplainRequest& request,
                                                 std::optional<std::size_t> random_orders) {
  if (!random_orders) return std::nullopt;
  PELLUCID_CHECK(checked_within(*random_orders, std::size_t{1}, kMostOrders, "--random-orders"));
  if (request.in_windows) {
    return fail(
        ErrorCode::usage,
        "expected texts that the model reads at once, which words can be removed from; found a model loaded with "
        "long='window'",
        "--quality");
  }
  QualityOptions quality{.method = request.options, .random_orders = *random_orders, .others = {}};
  PELLUCID_TRY(quality.others, cheap_methods(classifier));
  return quality;
}

Result<std::vector<Explanation>> explain_all(Classifier& classifier, const std::vector<std::string>& texts,
                                             ExplainOptions options, std::optional<std::size_t> random_orders,
                                             bool quiet) {
  if (options.methods.empty()) options.methods.emplace_back(default_method(classifier).name);
  PELLUCID_TRY(ExplainRequest request, resolve(options, classifier.labels()));
  PELLUCID_TRY(request.quality, quality_of(classifier, request, random_orders));
  Progress progress("explaining", texts.size(), "texts", quiet);
  std::vector<Explanation> all;
  for (std::size_t first = 0; first < texts.size(); first += kExplainedTogether) {
    std::vector<Example> examples;
    for (std::size_t i = first; i < std::min(texts.size(), first + kExplainedTogether); ++i) {
      examples.push_back({.id = std::to_string(i), .text = texts[i]});
    }
    PELLUCID_TRY(std::vector<Explanation> some, explain_texts(classifier, request, examples));
    std::ranges::move(some, std::back_inserter(all));
    progress.advance(examples.size());
  }
  return all;
}

std::vector<Explanation> explain(Model& model, nb::handle texts, ExplainOptions options,
                                 std::optional<std::size_t> random_orders, bool progress) {
  options.long_texts = model.in_windows ? "window" : "truncate";
  const std::vector<std::string> given = texts_of(texts);
  return compute(
      model, [&](Classifier& classifier) { return explain_all(classifier, given, options, random_orders, !progress); });
}

std::vector<std::string> names_of(std::span<const Method* const> methods) {
  std::vector<std::string> names;
  for (const Method* method : methods) names.emplace_back(method->name);
  return names;
}

}  // namespace

nb::class_<Model> bind_model(nb::module_& module) {
  using namespace nb::literals;
  nb::class_<Predictions>(module, "Predictions", "Logits and probabilities of texts, [N, C].")
      .def_prop_ro("logits", [](Predictions& p) { return rows_of(p.logits, p.classes); })
      .def_prop_ro("probabilities", [](Predictions& p) { return rows_of(p.probabilities, p.classes); })
      .def_ro("truncated_texts", &Predictions::truncated_texts)
      .def_ro("dropped_pieces", &Predictions::dropped_pieces);

  nb::class_<Model> model(module, "Model", "A loaded classifier.");
  model.def_static("load", load, "folder"_a, "precision"_a, "max_length"_a, "long"_a, "threads"_a)
      .def_ro("folder", &Model::folder)
      .def_ro("threads", &Model::threads)
      .def_prop_ro("labels", [](const Model& m) { return m.classifier->labels().names(); })
      .def_prop_ro("max_length", [](const Model& m) { return m.classifier->max_length(); })
      .def_prop_ro("precision", [](const Model& m) { return std::string(name_of(m.classifier->precision())); })
      .def_prop_ro("weights_sha256", [](const Model& m) { return m.classifier->weights_sha256(); })
      .def_prop_ro("methods", [](const Model& m) { return names_of(methods_for(*m.classifier)); })
      .def_prop_ro("default_method", [](const Model& m) { return std::string(default_method(*m.classifier).name); })
      .def("predict", predict, "texts"_a.none(), "progress"_a)
      .def("explain", explain, "texts"_a.none(), "options"_a, "random_orders"_a.none(), "progress"_a);
  return model;
}

}  // namespace pellucid::python
