#include "kernels/selective_scan.h"

#include <gtest/gtest.h>
#include <omp.h>

#include <cmath>
#include <string>
#include <vector>

#include "kernels/causal_convolution.h"
#include "kernels/random_values.h"

namespace pellucid {
namespace {

constexpr ReadingOrder kOrders[] = {ReadingOrder::forward, ReadingOrder::reversed};

struct Shape {
  std::vector<std::int32_t> lengths;
  std::size_t d, state;
};

std::vector<std::int32_t> bounds_of(const std::vector<std::int32_t>& lengths) {
  std::vector<std::int32_t> bounds{0};
  for (const std::int32_t length : lengths) bounds.push_back(bounds.back() + length);
  return bounds;
}

std::vector<double> widened(const std::vector<float>& values) {
  return {values.begin(), values.end()};
}
std::vector<float> narrowed(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

template <class T>
struct Values {
  std::vector<T> x, step, a, b, c, skip;

  SelectiveScan<T> scan() const { return {x, step, a, b, c, skip}; }
  SelectiveScanGradients<T> gradients() { return {x, step, b, c, a, skip}; }
  std::vector<std::vector<T>*> all() { return {&x, &step, &a, &b, &c, &skip}; }
};

Values<float> random_scan(std::size_t tokens, std::size_t d, std::size_t state) {
  Values<float> values{random_values(tokens * d, 1),     random_values(tokens * d, 2, 2, -1),
                       random_values(d * state, 3),      random_values(tokens * state, 4),
                       random_values(tokens * state, 5), random_values(d, 6)};
  for (float& a : values.a) a = -std::exp(a);
  return values;
}

Values<double> widened(Values<float> from) {
  Values<double> to;
  for (std::size_t i = 0; i < from.all().size(); ++i) *to.all()[i] = widened(*from.all()[i]);
  return to;
}

// Gradients in the shapes of `like`, filled with what the kernel must add to or overwrite.
template <class T>
Values<T> room(Values<T> like, T tokens, T parameters) {
  for (auto* of_tokens : {&like.x, &like.step, &like.b, &like.c}) of_tokens->assign(of_tokens->size(), tokens);
  for (auto* of_parameters : {&like.a, &like.skip}) of_parameters->assign(of_parameters->size(), parameters);
  return like;
}

class Scan : public testing::TestWithParam<Shape> {
 protected:
  std::vector<std::int32_t> bounds = bounds_of(GetParam().lengths);
  std::size_t tokens = bounds.back();
  std::size_t d = GetParam().d;
  std::size_t state = GetParam().state;
};

TEST_P(Scan, EqualsTheRecurrence) {
  const Values<float> values = random_scan(tokens, d, state);
  const Values<double> wide = widened(values);
  const std::vector<float> d_y = random_values(tokens * d, 7);
  for (const ReadingOrder order : kOrders) {
    std::vector<float> y(tokens * d, NAN);
    std::vector<double> expected(tokens * d);
    selective_scan_forward(values.scan(), bounds, order, y);
    reference::selective_scan_forward(wide.scan(), bounds, order, expected);
    expect_near(y, narrowed(expected), 2e-6F);

    Values<float> found = room<float>(values, NAN, 0.5F);
    Values<double> right = room<double>(wide, NAN, 0.5);
    selective_scan_backward(values.scan(), bounds, order, d_y, found.gradients());
    reference::selective_scan_backward(wide.scan(), bounds, order, widened(d_y), right.gradients());
    for (std::size_t i = 0; i < found.all().size(); ++i) expect_near(*found.all()[i], narrowed(*right.all()[i]), 5e-6F);
  }
}

// A text's results are the same bits alone, and all of them with one thread or two.
TEST_P(Scan, DependsOnNeitherNeighboursNorThreads) {
  const Values<float> values = random_scan(tokens, d, state);
  const std::vector<float> d_y = random_values(tokens * d, 7);
  for (const ReadingOrder order : kOrders) {
    const auto results = [&](int threads) {
      const int before = omp_get_max_threads();
      omp_set_num_threads(threads);
      Values<float> all = room<float>(values, NAN, 0);
      std::vector<float> y(tokens * d, NAN);
      selective_scan_forward(values.scan(), bounds, order, y);
      selective_scan_backward(values.scan(), bounds, order, d_y, all.gradients());
      omp_set_num_threads(before);
      return std::vector{y, all.x, all.step, all.b, all.c, all.a, all.skip};
    };
    const std::vector<std::vector<float>> batched = results(1);
    EXPECT_EQ(batched, results(2));
    for (std::size_t text = 0; text + 1 < bounds.size(); ++text) {
      const std::size_t first = bounds[text];
      const std::size_t n = bounds[text + 1] - first;
      const auto rows = [&](const std::vector<float>& of, std::size_t columns) {
        const auto begin = of.begin() + static_cast<std::ptrdiff_t>(first * columns);
        return std::vector<float>(begin, begin + static_cast<std::ptrdiff_t>(n * columns));
      };
      const Values<float> alone{rows(values.x, d),     rows(values.step, d),  values.a,
                                rows(values.b, state), rows(values.c, state), values.skip};
      Values<float> found = room<float>(alone, NAN, 0);
      std::vector<float> y(n * d, NAN);
      const std::vector<std::int32_t> its_bounds{0, static_cast<std::int32_t>(n)};
      selective_scan_forward(alone.scan(), its_bounds, order, y);
      selective_scan_backward(alone.scan(), its_bounds, order, rows(d_y, d), found.gradients());
      EXPECT_EQ(y, rows(batched[0], d));
      EXPECT_EQ(found.x, rows(batched[1], d));
      EXPECT_EQ(found.step, rows(batched[2], d));
      EXPECT_EQ(found.b, rows(batched[3], state));
      EXPECT_EQ(found.c, rows(batched[4], state));
    }
  }
}

TEST_P(Scan, ConvolutionEqualsReference) {
  const std::vector<float> weight = random_values(d * kConvolutionWidth, 1);
  const std::vector<float> bias = random_values(d, 2);
  const std::vector<float> x = random_values(tokens * d, 3, 2);
  const std::vector<float> d_y = random_values(tokens * d, 4);
  for (const ReadingOrder order : kOrders) {
    const auto results = [&](int threads) {
      const int before = omp_get_max_threads();
      omp_set_num_threads(threads);
      std::vector<std::vector<float>> found{std::vector<float>(tokens * d, NAN), std::vector<float>(tokens * d, NAN),
                                            std::vector<float>(weight.size(), 0.5F), std::vector<float>(d, 0.5F)};
      causal_convolution_forward({weight, bias}, bounds, order, x, found[0]);
      causal_convolution_backward({weight, bias}, bounds, order, x, d_y, found[1], found[2], found[3]);
      omp_set_num_threads(before);
      return found;
    };
    const std::vector<std::vector<float>> found = results(1);
    EXPECT_EQ(found, results(2));
    const std::vector<double> wide_weight = widened(weight);
    const std::vector<double> wide_bias = widened(bias);
    std::vector<std::vector<double>> expected{std::vector<double>(tokens * d, NAN),
                                              std::vector<double>(tokens * d, NAN),
                                              std::vector<double>(weight.size(), 0.5), std::vector<double>(d, 0.5)};
    reference::causal_convolution_forward({wide_weight, wide_bias}, bounds, order, widened(x), expected[0]);
    reference::causal_convolution_backward({wide_weight, wide_bias}, bounds, order, widened(x), widened(d_y),
                                           expected[1], expected[2], expected[3]);
    for (std::size_t i = 0; i < found.size(); ++i) expect_near(found[i], narrowed(expected[i]), 2e-6F);
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, Scan,
                         testing::Values(Shape{{1}, 1, 1}, Shape{{1, 2, 3, 4, 5}, 8, 2}, Shape{{5, 0, 1, 17}, 33, 3},
                                         Shape{{54, 3}, 129, 16}, Shape{{512}, 40, 16}, Shape{{7, 31, 9}, 260, 5}),
                         [](const auto& info) {
                           std::string name = std::to_string(info.param.d);
                           name += "_channels_of_" + std::to_string(info.param.state);
                           for (const std::int32_t length : info.param.lengths)
                             name.append("_").append(std::to_string(length));
                           return name;
                         });

// The references themselves: every gradient of Σ y · d_y against central differences.
TEST(ScanReference, GradientEqualsCentralDifferences) {
  const std::vector<std::int32_t> bounds = bounds_of({3, 1, 5});
  const std::size_t d = 3;
  Values<double> values = widened(random_scan(bounds.back(), d, 2));
  const std::vector<double> d_y = widened(random_values(bounds.back() * d, 7));
  for (const ReadingOrder order : kOrders) {
    Values<double> gradients = room<double>(values, NAN, 0);
    reference::selective_scan_backward(values.scan(), bounds, order, d_y, gradients.gradients());
    const auto objective = [&] {
      std::vector<double> y(d_y.size());
      reference::selective_scan_forward(values.scan(), bounds, order, y);
      double sum = 0;
      for (std::size_t i = 0; i < y.size(); ++i) sum += y[i] * d_y[i];
      return sum;
    };
    const double step = 1e-5;
    for (std::size_t input = 0; input < values.all().size(); ++input) {
      for (std::size_t i = 0; i < values.all()[input]->size(); ++i) {
        double& at = (*values.all()[input])[i];
        const double kept = at;
        at = kept + step;
        const double above = objective();
        at = kept - step;
        const double below = objective();
        at = kept;
        ASSERT_NEAR((*gradients.all()[input])[i], (above - below) / (2 * step), 1e-7) << input << ", " << i;
      }
    }
  }
}

TEST(ConvolutionReference, GradientEqualsCentralDifferences) {
  const std::vector<std::int32_t> bounds = bounds_of({2, 6});
  const std::size_t d = 2;
  std::vector<double> weight = widened(random_values(d * kConvolutionWidth, 1));
  std::vector<double> bias = widened(random_values(d, 2));
  std::vector<double> x = widened(random_values(8 * d, 3));
  const std::vector<double> d_y = widened(random_values(8 * d, 4));
  for (const ReadingOrder order : kOrders) {
    std::vector<double> d_x(x.size());
    std::vector<double> d_weight(weight.size());
    std::vector<double> d_bias(bias.size());
    reference::causal_convolution_backward({weight, bias}, bounds, order, x, d_y, d_x, d_weight, d_bias);
    const auto objective = [&] {
      std::vector<double> y(d_y.size());
      reference::causal_convolution_forward({weight, bias}, bounds, order, x, y);
      double sum = 0;
      for (std::size_t i = 0; i < y.size(); ++i) sum += y[i] * d_y[i];
      return sum;
    };
    const double step = 1e-5;
    const auto expect = [&](std::vector<double>& values, const std::vector<double>& gradient) {
      for (std::size_t i = 0; i < values.size(); ++i) {
        const double kept = values[i];
        values[i] = kept + step;
        const double above = objective();
        values[i] = kept - step;
        const double below = objective();
        values[i] = kept;
        ASSERT_NEAR(gradient[i], (above - below) / (2 * step), 1e-8) << i;
      }
    };
    expect(x, d_x);
    expect(weight, d_weight);
    expect(bias, d_bias);
  }
}

}  // namespace
}  // namespace pellucid
