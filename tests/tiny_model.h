// The tiny models of tests/oracles/bert.py as model folders that load, and what is expected of them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "checkpoint/model_folder.h"
#include "checkpoint/safetensors.h"
#include "data/packing.h"
#include "runtime/classifier.h"
#include "temporary_folder.h"

namespace pellucid {

inline const std::filesystem::path kFixtures = std::filesystem::path(PELLUCID_SOURCE_DIR) / "tests" / "fixtures";

template <class T>
T unwrap(Result<T> result) {
  if (!result) throw std::runtime_error(describe(result.error()));
  return std::move(*result);
}
inline void unwrap(const Result<void>& result) {
  if (!result) throw std::runtime_error(describe(result.error()));
}

inline const LabelSet& tiny_labels() {
  static const LabelSet labels({"film", "market", "match"});
  return labels;
}

// tests/fixtures/tiny-bert with its head, as `pellucid train` would save it. `changed` replaces tensors.
inline void write_tiny_model(const std::filesystem::path& folder, Adjust adjust,
                             const std::map<std::string, TensorView>& changed = {}) {
  const std::filesystem::path source = kFixtures / "tiny-bert";
  const SafetensorsFile encoder = unwrap(SafetensorsFile::open(source / "model.safetensors"));
  const SafetensorsFile head = unwrap(SafetensorsFile::open(source / "head.safetensors"));
  std::map<std::string, TensorView> tensors = encoder.tensors();
  tensors.insert(head.tensors().begin(), head.tensors().end());
  for (const auto& [name, tensor] : changed) tensors[name] = tensor;
  std::filesystem::create_directories(folder);
  unwrap(write_safetensors(folder / "model.safetensors", tensors));
  const ModelFolder bare = unwrap(open_model_folder(source.string()));
  unwrap(write_model_description(folder, bare, {adjust, tiny_labels()}, bare.max_length, "{}"));
}

// What an oracle computed.
class Expected {
 public:
  explicit Expected(const std::string& model)
      : file_(unwrap(SafetensorsFile::open(kFixtures / model / "expected.safetensors"))) {}

  template <class T = float>
  std::vector<T> operator[](const std::string& name) const {
    const TensorView* tensor = file_.find(name);
    if (tensor == nullptr) throw std::runtime_error("no tensor " + name);
    std::vector<T> values(tensor->bytes.size() / sizeof(T));
    std::memcpy(values.data(), tensor->bytes.data(), tensor->bytes.size());
    return values;
  }

  bool has(const std::string& name) const { return file_.find(name) != nullptr; }
  std::ptrdiff_t count_of(const std::string& prefix) const {
    return std::ranges::count_if(file_.tensors(), [&](const auto& one) { return one.first.starts_with(prefix); });
  }

  PackedBatch batch() const {
    PackedBatch batch;
    batch.ids = operator[]<std::int32_t>("ids");
    batch.bounds = operator[]<std::int32_t>("bounds");
    return batch;
  }

 private:
  SafetensorsFile file_;
};

// Text `b` of a batch, alone.
inline PackedBatch alone(const PackedBatch& batch, std::size_t b) {
  PackedBatch one;
  one.add(std::span(batch.ids).subspan(batch.bounds[b], batch.bounds[b + 1] - batch.bounds[b]));
  return one;
}

template <class A, class B>
double largest_difference(const A& a, const B& b) {
  EXPECT_EQ(std::size(a), std::size(b));
  double largest = 0;
  for (std::size_t i = 0; i < std::size(a) && i < std::size(b); ++i) {
    const double difference = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    if (!(difference <= largest)) largest = difference;  // NaN stays
  }
  return largest;
}

}  // namespace pellucid
