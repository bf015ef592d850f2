// The selective state space of Mamba (Gu & Dao 2023, section 3) over a packed batch. Each channel carries N numbers
// through a text, and forgets and takes up as the token says:
//     Δ = softplus(step)      h_t = exp(Δ_t A) h_{t−1} + Δ_t x_t B_t      y_t = ⟨C_t, h_t⟩ + D x_t
// h is 0 before each text's first token, in either reading order.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/reading_order.h"

namespace pellucid {

// What a scan reads. T: float for the kernel, double for its reference.
template <class T>
struct SelectiveScan {
  std::span<const T> x;     // [T, d]
  std::span<const T> step;  // [T, d]
  std::span<const T> a;     // A [d, N], nowhere positive
  std::span<const T> b;     // B [T, N]
  std::span<const T> c;     // C [T, N]
  std::span<const T> skip;  // D [d]
};

// Gradients in the shapes of what they belong to. Of the tokens' they are written, of the parameters' added.
template <class T>
struct SelectiveScanGradients {
  std::span<T> x, step, b, c;  // =
  std::span<T> a, skip;        // +=
};

// y [T, d]
void selective_scan_forward(const SelectiveScan<float>& scan, std::span<const std::int32_t> bounds, ReadingOrder order,
                            std::span<float> y);

// The states are computed again, text by text. A text's gradients do not depend on the batch's other texts, and
// nothing on the number of threads.
void selective_scan_backward(const SelectiveScan<float>& scan, std::span<const std::int32_t> bounds, ReadingOrder order,
                             std::span<const float> d_y, const SelectiveScanGradients<float>& gradients);

// Plain loops in the order of the equations; what the tests compare with.
namespace reference {
void selective_scan_forward(const SelectiveScan<double>& scan, std::span<const std::int32_t> bounds, ReadingOrder order,
                            std::span<double> y);
void selective_scan_backward(const SelectiveScan<double>& scan, std::span<const std::int32_t> bounds,
                             ReadingOrder order, std::span<const double> d_y,
                             const SelectiveScanGradients<double>& gradients);
}  // namespace reference

}  // namespace pellucid
