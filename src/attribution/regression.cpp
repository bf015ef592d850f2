#include "attribution/regression.h"

#include <cmath>

namespace pellucid {
namespace {

// The lower triangle of a symmetric positive definite matrix [n, n] becomes its Cholesky factor.
void factorise(std::vector<double>& a, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = a[i * n + j];
      for (std::size_t k = 0; k < j; ++k) sum -= a[i * n + k] * a[j * n + k];
      a[i * n + j] = i == j ? std::sqrt(sum) : sum / a[j * n + j];
    }
  }
}

// b [n, columns] becomes the solution for the matrix with this factor.
void solve(const std::vector<double>& factor, std::size_t n, std::size_t columns, std::vector<double>& b) {
  for (std::size_t c = 0; c < columns; ++c) {
    for (std::size_t i = 0; i < n; ++i) {
      double sum = b[i * columns + c];
      for (std::size_t k = 0; k < i; ++k) sum -= factor[i * n + k] * b[k * columns + c];
      b[i * columns + c] = sum / factor[i * n + i];
    }
    for (std::size_t i = n; i-- > 0;) {
      double sum = b[i * columns + c];
      for (std::size_t k = i + 1; k < n; ++k) sum -= factor[k * n + i] * b[k * columns + c];
      b[i * columns + c] = sum / factor[i * n + i];
    }
  }
}

}  // namespace

std::vector<double> ridge_regression(std::span<const double> x, std::span<const double> y, std::span<const double> w,
                                     std::size_t n, double ridge) {
  const std::size_t columns = w.empty() ? 0 : y.size() / w.size();
  std::vector<double> gram(n * n);           // Xᵀ W X + ridge I, the lower triangle
  std::vector<double> moments(n * columns);  // Xᵀ W y
  for (std::size_t k = 0; k < w.size(); ++k) {
    const std::span<const double> row = x.subspan(k * n, n);
    for (std::size_t i = 0; i < n; ++i) {
      const double weighted = w[k] * row[i];
      for (std::size_t j = 0; j <= i; ++j) gram[i * n + j] += weighted * row[j];
      for (std::size_t c = 0; c < columns; ++c) moments[i * columns + c] += weighted * y[k * columns + c];
    }
  }
  for (std::size_t i = 0; i < n; ++i) gram[i * n + i] += ridge;
  factorise(gram, n);
  solve(gram, n, columns, moments);
  return moments;
}

std::vector<double> centre(std::span<double> rows, std::span<const double> w) {
  const std::size_t columns = rows.size() / w.size();
  std::vector<double> means(columns);
  double total = 0;
  for (const double weight : w) total += weight;
  for (std::size_t k = 0; k < rows.size(); ++k) means[k % columns] += w[k / columns] * rows[k] / total;
  for (std::size_t k = 0; k < rows.size(); ++k) rows[k] -= means[k % columns];
  return means;
}

}  // namespace pellucid
