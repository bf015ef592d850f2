// A safetensors file; half of the inputs are a header and data whose lengths are right, which chance seldom finds.
#include "checkpoint/safetensors.h"

#include <cstring>

#include "input.h"

using namespace pellucid;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::MemoryFile file;
  std::string_view input = fuzz::text_of(data, size);
  std::string bytes;
  if (fuzz::take_choice(input) % 2 == 1) {
    const std::string_view header = fuzz::take_part(input);
    const std::uint64_t length = header.size();
    bytes.resize(sizeof length);
    std::memcpy(bytes.data(), &length, sizeof length);
    bytes.append(header);
  }
  bytes.append(input);
  const Result<SafetensorsFile> opened = SafetensorsFile::open(file.write(bytes));
  if (!opened) return 0;
  for (const auto& [name, tensor] : opened->tensors()) {
    std::vector<float> storage;
    const auto values = opened->floats(name, tensor.shape, storage);
    if (!values) continue;
    float sum = 0;
    for (const float value : *values) sum += value;  // every byte can be read
    fuzz::expect(values->size() * size_of(tensor.type) == tensor.bytes.size());
    (void)sum;
  }
  return 0;
}
