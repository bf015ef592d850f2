#include "train/tensor_memory.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <cstdint>
#include <new>
#include <vector>

#include "sanitizers.h"

namespace pellucid::train {
namespace {

bool aligned(const torch::Tensor& tensor) {
  return reinterpret_cast<std::uintptr_t>(tensor.data_ptr()) % 64 == 0;
}

TEST(TensorMemory, IsAlignedAndItsOwn) {
  use_malloc_for_tensors();
  std::vector<torch::Tensor> tensors;
  for (std::int64_t size = 1; size < 5000; size = size * 3 / 2 + 1) tensors.push_back(torch::full({size}, size));
  for (const torch::Tensor& tensor : tensors) {
    EXPECT_TRUE(aligned(tensor)) << tensor.numel();
    EXPECT_TRUE(tensor.eq(tensor.numel()).all().item<bool>()) << tensor.numel();
  }
  EXPECT_EQ(torch::empty({0, 3}).sum().item<float>(), 0);
}

TEST(TensorMemory, LargerTensorsKeepWhatTheyHeld) {
  use_malloc_for_tensors();
  torch::Tensor tensor = torch::arange(10);
  tensor.resize_({1000});
  EXPECT_TRUE(aligned(tensor));
  EXPECT_TRUE(tensor.slice(0, 0, 10).equal(torch::arange(10)));
  EXPECT_TRUE(tensor.clone().equal(tensor));
}

TEST(TensorMemory, LackingIsABadAllocation) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer ends the program";
  use_malloc_for_tensors();
  EXPECT_THROW(torch::empty({std::int64_t{1} << 60}), std::bad_alloc);
}

}  // namespace
}  // namespace pellucid::train
