#include "train/optimiser.h"

#include <ATen/ops/_fused_adamw.h>
#include <torch/autograd.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>

#include "kernels/adamw.h"
#include "train/tensor_spans.h"

namespace pellucid::train {

Optimiser::Optimiser(System& system, const OptimiserOptions& options) : options_(options), groups_(2) {
  groups_[0].weight_decay = options.weight_decay;
  system.visit([&](const std::string& name, torch::Tensor& tensor) {
    Group& group = groups_[tensor.dim() >= 2 ? 0 : 1];
    group.parameters.push_back(tensor);
    group.first_moments.push_back(torch::zeros_like(tensor));
    group.second_moments.push_back(torch::zeros_like(tensor));
    group.steps.push_back(torch::zeros({}, tensor.options().dtype(torch::kFloat32)));
    named_state_.emplace_back(name + ".first_moment", group.first_moments.back());
    named_state_.emplace_back(name + ".second_moment", group.second_moments.back());
  });
}

double Optimiser::step(double learning_rate) {
  torch::NoGradGuard no_gradient;
  double squared = 0;
  for (Group& group : groups_) {
    for (torch::Tensor& parameter : group.parameters) {
      torch::Tensor& gradient = parameter.mutable_grad();
      if (!gradient.defined()) gradient = torch::zeros_like(parameter);
      if (gradient.is_sparse()) gradient = gradient.coalesce();
      const double norm = (gradient.is_sparse() ? gradient.values() : gradient).norm().item<double>();
      squared += norm * norm;
    }
  }
  const double norm = std::sqrt(squared);
  ++steps_;
  // The fused kernel divides gradients by this: clipping without a pass of its own.
  std::optional<torch::Tensor> divisor;
  if (options_.clip_norm > 0 && norm > options_.clip_norm)
    divisor = torch::full({}, norm / options_.clip_norm, groups_[0].steps[0].options());
  for (Group& group : groups_) {
    Group dense;  // what the fused kernel steps, which does not count as writing: see bump_version below
    std::vector<torch::Tensor> gradients;
    for (std::size_t i = 0; i < group.parameters.size(); ++i) {
      torch::Tensor& gradient = group.parameters[i].mutable_grad();
      group.steps[i].fill_(static_cast<double>(steps_));
      if (gradient.is_sparse()) {
        step_rows(group, i, divisor ? gradient / *divisor : gradient, learning_rate);
      } else {
        gradients.push_back(gradient);
        dense.parameters.push_back(group.parameters[i]);
        dense.first_moments.push_back(group.first_moments[i]);
        dense.second_moments.push_back(group.second_moments[i]);
        dense.steps.push_back(group.steps[i]);
      }
      gradient.reset();
    }
    at::_fused_adamw_(dense.parameters, gradients, dense.first_moments, dense.second_moments, {}, dense.steps,
                      learning_rate, options_.beta1, options_.beta2, group.weight_decay, options_.epsilon,
                      /*amsgrad=*/false, /*maximize=*/false, divisor);
    for (const torch::Tensor& parameter : dense.parameters) torch::autograd::impl::bump_version(parameter);
  }
  return norm;
}

// On a CPU in fp32 by the kernel, in place; elsewhere on a copy of the rows, which is its plain reference.
void Optimiser::step_rows(const Group& group, std::size_t index, const torch::Tensor& gradient,
                          double learning_rate) const {
  torch::Tensor parameter = group.parameters[index];
  torch::Tensor first_moment = group.first_moments[index];
  torch::Tensor second_moment = group.second_moments[index];
  const torch::Tensor reached = gradient.indices()[0].contiguous();
  const torch::Tensor values = gradient.values().contiguous();
  if (parameter.device().is_cpu() && parameter.scalar_type() == torch::kFloat32) {
    const auto t = static_cast<double>(steps_);
    const AdamWStep step{.learning_rate = static_cast<float>(learning_rate),
                         .weight_decay = static_cast<float>(group.weight_decay),
                         .beta1 = static_cast<float>(options_.beta1),
                         .beta2 = static_cast<float>(options_.beta2),
                         .epsilon = static_cast<float>(options_.epsilon),
                         .correction1 = static_cast<float>(1 - std::pow(options_.beta1, t)),
                         .correction2 = static_cast<float>(1 - std::pow(options_.beta2, t))};
    adamw_rows(step, parameter.size(1), {reached.data_ptr<std::int64_t>(), static_cast<std::size_t>(reached.numel())},
               floats(values), floats(parameter), floats(first_moment), floats(second_moment));
    torch::autograd::impl::bump_version(parameter);
    return;
  }
  torch::Tensor stepped = second_moment.ne(0).any(1);
  stepped.index_fill_(0, reached, true);
  const torch::Tensor rows = stepped.nonzero().squeeze(1);
  torch::Tensor all_values = torch::zeros_like(parameter).index_copy_(0, reached, values);
  std::vector<torch::Tensor> taken_parameter = {parameter.index_select(0, rows)};
  std::vector<torch::Tensor> taken_first = {first_moment.index_select(0, rows)};
  std::vector<torch::Tensor> taken_second = {second_moment.index_select(0, rows)};
  at::_fused_adamw_(taken_parameter, {all_values.index_select(0, rows)}, taken_first, taken_second, {},
                    {group.steps[index]}, learning_rate, options_.beta1, options_.beta2, group.weight_decay,
                    options_.epsilon, /*amsgrad=*/false, /*maximize=*/false);
  parameter.index_copy_(0, rows, taken_parameter[0]);
  first_moment.index_copy_(0, rows, taken_first[0]);
  second_moment.index_copy_(0, rows, taken_second[0]);
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
