#include <cmath>
#include <vector>

#include "kernels/selective_scan.h"

namespace pellucid::reference {
namespace {

double softplus(double x) {
  return x > 30 ? x : std::log1p(std::exp(x));
}
double sigmoid(double x) {
  return 1 / (1 + std::exp(-x));
}

// One channel of one text: calls work(channel, rows).
template <class Work>
void for_each_channel(std::size_t d, std::span<const std::int32_t> bounds, ReadingOrder order, const Work& work) {
  for (std::size_t text = 0; text + 1 < bounds.size(); ++text) {
    for (std::size_t k = 0; k < d; ++k) work(k, TextRows{bounds[text], bounds[text + 1], order});
  }
}

// h [n + 1, N] of a channel: the states before the first token and after each.
std::vector<double> states(const SelectiveScan<double>& scan, std::size_t k, const TextRows& rows) {
  const std::size_t d = scan.skip.size();
  const std::size_t size = scan.a.size() / d;
  std::vector<double> h((rows.size() + 1) * size);
  for (std::ptrdiff_t i = 0; i < rows.size(); ++i) {
    const std::size_t t = rows.row(i);
    const double delta = softplus(scan.step[t * d + k]);
    for (std::size_t n = 0; n < size; ++n) {
      h[(i + 1) * size + n] =
          std::exp(delta * scan.a[k * size + n]) * h[i * size + n] + delta * scan.x[t * d + k] * scan.b[t * size + n];
    }
  }
  return h;
}

}  // namespace

void selective_scan_forward(const SelectiveScan<double>& scan, std::span<const std::int32_t> bounds, ReadingOrder order,
                            std::span<double> y) {
  const std::size_t d = scan.skip.size();
  const std::size_t size = scan.a.size() / d;
  for_each_channel(d, bounds, order, [&](std::size_t k, const TextRows& rows) {
    const std::vector<double> h = states(scan, k, rows);
    for (std::ptrdiff_t i = 0; i < rows.size(); ++i) {
      const std::size_t t = rows.row(i);
      double sum = scan.skip[k] * scan.x[t * d + k];
      for (std::size_t n = 0; n < size; ++n) sum += scan.c[t * size + n] * h[(i + 1) * size + n];
      y[t * d + k] = sum;
    }
  });
}

void selective_scan_backward(const SelectiveScan<double>& scan, std::span<const std::int32_t> bounds,
                             ReadingOrder order, std::span<const double> d_y,
                             const SelectiveScanGradients<double>& gradients) {
  const std::size_t d = scan.skip.size();
  const std::size_t size = scan.a.size() / d;
  for (double& value : gradients.b) value = 0;
  for (double& value : gradients.c) value = 0;
  for_each_channel(d, bounds, order, [&](std::size_t k, const TextRows& rows) {
    const std::vector<double> h = states(scan, k, rows);
    std::vector<double> later(size);  // ∂f/∂h_t through the tokens read after t
    for (std::ptrdiff_t i = rows.size() - 1; i >= 0; --i) {
      const std::size_t t = rows.row(i);
      const double x = scan.x[t * d + k];
      const double step = scan.step[t * d + k];
      const double delta = softplus(step);
      const double d_out = d_y[t * d + k];
      double d_x = scan.skip[k] * d_out;
      double d_delta = 0;
      for (std::size_t n = 0; n < size; ++n) {
        const double a = scan.a[k * size + n];
        const double b = scan.b[t * size + n];
        const double decay = std::exp(delta * a);
        const double d_h = later[n] + d_out * scan.c[t * size + n];
        const double d_decay = d_h * h[i * size + n];
        gradients.c[t * size + n] += d_out * h[(i + 1) * size + n];
        gradients.b[t * size + n] += d_h * delta * x;
        gradients.a[k * size + n] += d_decay * decay * delta;
        d_delta += d_decay * decay * a + d_h * x * b;
        d_x += d_h * delta * b;
        later[n] = d_h * decay;
      }
      gradients.x[t * d + k] = d_x;
      gradients.step[t * d + k] = d_delta * sigmoid(step);
      gradients.skip[k] += d_out * x;
    }
  });
}

}  // namespace pellucid::reference
