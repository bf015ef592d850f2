#include "train/moving_average.h"

#include <gtest/gtest.h>
#include <torch/utils.h>

#include "tiny.h"

namespace pellucid::train {
namespace {

TEST(MovingAverage, FollowsTheParametersAndIsSwappedForThem) {
  Model model = tiny_model(Adjust::top, 3);
  MovingAverage average(model, 0.75);
  const auto parameters = model.parameters();
  ASSERT_EQ(average.tensors().size(), parameters.size());
  std::vector<torch::Tensor> first, last;
  for (torch::Tensor parameter : parameters) {
    first.push_back(parameter.detach().clone());
    torch::NoGradGuard no_gradient;
    parameter.add_(2.0);
    last.push_back(parameter.detach().clone());
  }
  average.update();  // 0.75 first + 0.25 (first + 2)
  average.swap();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    EXPECT_TRUE(torch::allclose(parameters[i], first[i] + 0.5, 1e-5, 1e-6)) << average.tensors()[i].first;
    EXPECT_TRUE(torch::equal(average.tensors()[i].second, last[i])) << average.tensors()[i].first;
  }
  average.swap();
  for (std::size_t i = 0; i < parameters.size(); ++i) EXPECT_TRUE(torch::equal(parameters[i], last[i]));
}

}  // namespace
}  // namespace pellucid::train
