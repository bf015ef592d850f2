#include "train/optimiser.h"

#include <ATen/ops/_fused_adamw.h>

#include <algorithm>
#include <cmath>

namespace pellucid::train {

Optimiser::Optimiser(Model& model, const OptimiserOptions& options) : options_(options), groups_(2) {
  groups_[0].weight_decay = options.weight_decay;
  model.visit([&](const std::string& name, torch::Tensor& tensor) {
    Group& group = groups_[tensor.dim() >= 2 ? 0 : 1];
    group.parameters.push_back(tensor);
    group.first_moments.push_back(torch::zeros_like(tensor));
    group.second_moments.push_back(torch::zeros_like(tensor));
    group.steps.push_back(torch::zeros({}, torch::kFloat32));
    named_state_.emplace_back(name + ".first_moment", group.first_moments.back());
    named_state_.emplace_back(name + ".second_moment", group.second_moments.back());
  });
}

double Optimiser::step(double learning_rate) {
  torch::NoGradGuard no_gradient;
  double squared = 0;
  for (Group& group : groups_) {
    for (torch::Tensor& parameter : group.parameters) {
      if (!parameter.grad().defined()) parameter.mutable_grad() = torch::zeros_like(parameter);
      const double norm = parameter.grad().norm().item<double>();
      squared += norm * norm;
    }
  }
  const double norm = std::sqrt(squared);
  ++steps_;
  // The fused kernel divides gradients by this: clipping without a pass of its own.
  std::optional<torch::Tensor> divisor;
  if (options_.clip_norm > 0 && norm > options_.clip_norm)
    divisor = torch::full({}, norm / options_.clip_norm, torch::kFloat32);
  for (Group& group : groups_) {
    std::vector<torch::Tensor> gradients;
    for (torch::Tensor& parameter : group.parameters) {
      gradients.push_back(parameter.grad());
      parameter.mutable_grad().reset();
    }
    for (torch::Tensor& count : group.steps) count.fill_(static_cast<double>(steps_));
    at::_fused_adamw_(group.parameters, gradients, group.first_moments, group.second_moments, {}, group.steps,
                      learning_rate, options_.beta1, options_.beta2, group.weight_decay, options_.epsilon,
                      /*amsgrad=*/false, /*maximize=*/false, divisor);
  }
  return norm;
}

NamedTensors Optimiser::state() const {
  return named_state_;
}

void Optimiser::set_steps(std::int64_t steps) {
  steps_ = steps;
}

double schedule(std::int64_t step, std::int64_t total, double warmup) {
  const double done = static_cast<double>(step + 1);
  const double rising = std::max(1.0, std::ceil(warmup * static_cast<double>(total)));
  if (done <= rising) return done / rising;
  return std::max(0.0,
                  (static_cast<double>(total) - static_cast<double>(step)) / (static_cast<double>(total) - rising));
}

}  // namespace pellucid::train
