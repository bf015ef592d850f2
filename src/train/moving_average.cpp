#include "train/moving_average.h"

#include <torch/utils.h>

namespace pellucid::train {

MovingAverage::MovingAverage(System& system, double decay) : system_(system), decay_(decay) {
  system_.visit(
      [&](const std::string& name, torch::Tensor& tensor) { tensors_.emplace_back(name, tensor.detach().clone()); });
}

void MovingAverage::update() {
  torch::NoGradGuard no_gradient;
  std::size_t i = 0;
  system_.visit(
      [&](const std::string&, torch::Tensor& tensor) { tensors_[i++].second.lerp_(tensor.detach(), 1 - decay_); });
}

void MovingAverage::swap() {
  torch::NoGradGuard no_gradient;
  std::size_t i = 0;
  system_.visit([&](const std::string&, torch::Tensor& tensor) {
    const torch::Tensor current = tensor.detach().clone();
    tensor.copy_(tensors_[i].second);
    tensors_[i++].second.copy_(current);
  });
}

}  // namespace pellucid::train
