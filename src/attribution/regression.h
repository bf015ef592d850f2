// Weighted ridge regression of model outputs on which units are there: what lime and kernel-shap solve.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace pellucid {

// Rows [m, n] with weights w [m], outputs y [m, C]: the coefficients β [n, C] that minimise, for each column of y,
//   Σ_k w_k (y_k − ⟨β, x_k⟩)² + ridge Σ_i β_i²,   ridge > 0.
std::vector<double> ridge_regression(std::span<const double> x, std::span<const double> y, std::span<const double> w,
                                     std::size_t n, double ridge);

// Takes the weighted mean out of each column of rows [w.size(), columns]; returns the means.
std::vector<double> centre(std::span<double> rows, std::span<const double> w);

}  // namespace pellucid
