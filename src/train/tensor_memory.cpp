#include "train/tensor_memory.h"

#include <c10/core/CPUAllocator.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

namespace pellucid::train {
namespace {

constexpr std::size_t kAlignment = 64;

// What malloc gave lies in front of the tensor, in a pointer of its own.
void release(void* data) {
  if (data != nullptr) std::free(static_cast<void**>(data)[-1]);
}

class MallocAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(std::size_t bytes) override {
    if (bytes == 0) return {nullptr, nullptr, &release, c10::Device(c10::DeviceType::CPU)};
    std::size_t space = bytes + kAlignment - 1;  // behind the pointer
    void* given = std::malloc(sizeof(void*) + space);
    if (given == nullptr) throw std::bad_alloc();
    void* data = static_cast<char*>(given) + sizeof(void*);
    std::align(kAlignment, bytes, data, space);
    static_cast<void**>(data)[-1] = given;
    return {data, data, &release, c10::Device(c10::DeviceType::CPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void* to, const void* from, std::size_t bytes) const override { std::memcpy(to, from, bytes); }
};

}  // namespace

void use_malloc_for_tensors() {
  static MallocAllocator allocator;
  constexpr std::uint8_t kBeforeOthers = 1;  // libtorch's own has 0
  c10::SetCPUAllocator(&allocator, kBeforeOthers);
}

}  // namespace pellucid::train
