// Floats that are about to be written: unlike std::vector's, they are not set to zero first.
#pragma once

#include <cstddef>
#include <memory>

namespace pellucid {

class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::size_t size) : values_(std::make_unique_for_overwrite<float[]>(size)), size_(size) {}

  float* data() { return values_.get(); }
  const float* data() const { return values_.get(); }
  std::size_t size() const { return size_; }
  float* begin() { return data(); }
  float* end() { return data() + size_; }
  const float* begin() const { return data(); }
  const float* end() const { return data() + size_; }
  float& operator[](std::size_t i) { return values_[i]; }
  float operator[](std::size_t i) const { return values_[i]; }

 private:
  std::unique_ptr<float[]> values_;
  std::size_t size_ = 0;
};

}  // namespace pellucid
