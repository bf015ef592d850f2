// y = x Wᵀ + b on oneDNN, with weights packed once. Weights may come in parts that are stacked, as a
// checkpoint holds query, key and value.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "kernels/precision.h"

namespace pellucid {

class Linear {
 public:
  // weight [out, in] row-major as in a checkpoint, bias [out]. Both must outlive the Linear: packing
  // waits for the first use, and the way back in fp32 reads the weight in place.
  struct Part {
    std::span<const float> weight;
    std::span<const float> bias;
  };
  Linear(std::vector<Part> parts, Precision precision);
  Linear(std::span<const float> weight, std::span<const float> bias, Precision precision);
  Linear(Linear&&) noexcept;
  Linear& operator=(Linear&&) noexcept;
  ~Linear();

  std::int64_t in() const;
  std::int64_t out() const;  // of all parts together
  std::span<const float> bias(std::size_t part = 0) const;

  // x [T, in] -> y [T, out]. `linear` leaves the bias out.
  void forward(std::span<const float> x, std::span<float> y) const;
  void linear(std::span<const float> x, std::span<float> y) const;

  // d_x [T, in] = d_y [T, out] W.
  void backward(std::span<const float> d_y, std::span<float> d_x) const;

  // The same from one part's columns of d_y [T, out] alone.
  void backward_part(std::size_t part, std::span<const float> d_y, std::span<float> d_x) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

namespace reference {
void linear_forward(std::span<const float> weight, std::span<const float> bias, std::int64_t in,
                    std::span<const float> x, std::span<float> y);
void linear_backward(std::span<const float> weight, std::int64_t in, std::span<const float> d_y, std::span<float> d_x);
}  // namespace reference

}  // namespace pellucid
