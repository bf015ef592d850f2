// y = x Wᵀ + b on oneDNN, with weights packed once. Weights may come in parts that are stacked, as a
// checkpoint holds query, key and value.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "kernels/activations.h"
#include "kernels/precision.h"

namespace pellucid {

// Rows that a Linear reads or writes may be fp32 in every precision, or bf16 where that is not fp32; they are rounded
// to what is multiplied on the way in. Any number of threads may use one at a time.
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

  Precision precision() const;
  std::int64_t in() const;
  std::int64_t out() const;  // of all parts together
  std::span<const float> bias(std::size_t part = 0) const;

  // The weights have changed: they are packed again before their next use. No other thread may use it meanwhile.
  void repack();

  // x [T, in] -> y [T, out]. `linear` leaves the bias out.
  void forward(const ConstActivations& x, const Activations& y) const;
  void linear(const ConstActivations& x, const Activations& y) const;

  // d_x [T, in] = d_y [T, out] W, or += where `add`; then d_x is fp32.
  void backward(const ConstActivations& d_y, const Activations& d_x, bool add = false) const;

  // The same from one part's columns of d_y [T, out] alone.
  void backward_part(std::size_t part, const ConstActivations& d_y, const Activations& d_x, bool add = false) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// d_weight [out, in] += d_yᵀ x, d_y [T, out] and x [T, in] of one type: a layer's gradient for its weights.
void add_weight_gradient(const ConstActivations& d_y, const ConstActivations& x, std::int64_t out,
                         std::span<float> d_weight);

// d_bias [out] += the sum of d_y's rows [T, out], in their order.
void add_bias_gradient(const ConstActivations& d_y, std::span<float> d_bias);

namespace reference {
void linear_forward(std::span<const float> weight, std::span<const float> bias, std::int64_t in,
                    std::span<const float> x, std::span<float> y);
void linear_backward(std::span<const float> weight, std::int64_t in, std::span<const float> d_y, std::span<float> d_x);
void linear_gradients(std::span<const float> d_y, std::span<const float> x, std::int64_t out, std::span<float> d_weight,
                      std::span<float> d_bias);  // both: +=
}  // namespace reference

}  // namespace pellucid
