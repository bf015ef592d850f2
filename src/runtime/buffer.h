// Numbers that are about to be written: unlike std::vector's, they are not set to zero first.
#pragma once

#include <cstddef>
#include <memory>
#include <variant>

#include "kernels/activations.h"
#include "kernels/precision.h"

namespace pellucid {

template <class T>
class BufferOf {
 public:
  BufferOf() = default;
  explicit BufferOf(std::size_t size) : values_(std::make_unique_for_overwrite<T[]>(size)), size_(size) {}

  T* data() { return values_.get(); }
  const T* data() const { return values_.get(); }
  std::size_t size() const { return size_; }
  T* begin() { return data(); }
  T* end() { return data() + size_; }
  const T* begin() const { return data(); }
  const T* end() const { return data() + size_; }
  T& operator[](std::size_t i) { return values_[i]; }
  T operator[](std::size_t i) const { return values_[i]; }

 private:
  std::unique_ptr<T[]> values_;
  std::size_t size_ = 0;
};

using Buffer = BufferOf<float>;

// Activations between layers that multiply in `precision`: bf16 where that is not fp32.
class ActivationBuffer {
 public:
  ActivationBuffer() = default;
  ActivationBuffer(std::size_t size, Precision precision) {
    if (narrow(precision)) {
      values_ = BufferOf<Bf16>(size);
    } else {
      values_ = Buffer(size);
    }
  }

  operator ConstActivations() const {
    return std::visit([](const auto& values) -> ConstActivations { return std::span(values); }, values_);
  }
  operator Activations() {
    return std::visit([](auto& values) -> Activations { return std::span(values); }, values_);
  }

 private:
  std::variant<Buffer, BufferOf<Bf16>> values_;
};

}  // namespace pellucid
