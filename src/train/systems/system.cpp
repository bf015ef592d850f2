#include "train/systems/system.h"

namespace pellucid::train {

std::vector<torch::Tensor> System::parameters() {
  std::vector<torch::Tensor> all;
  visit([&](const std::string&, torch::Tensor& tensor) { all.push_back(tensor); });
  return all;
}

void System::to(torch::Device device) {
  visit([&](const std::string&, torch::Tensor& tensor) { tensor = tensor.detach().to(device); });
}

torch::Device System::device() {
  return parameters().front().device();
}

void require_gradients(System& system, bool required) {
  system.visit([&](const std::string&, torch::Tensor& tensor) { tensor.requires_grad_(required); });
}

}  // namespace pellucid::train
