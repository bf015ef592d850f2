#include "checkpoint/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>
#include <string_view>
#include <tuple>

#include "checkpoint/safetensors_header.h"
#include "files/atomic_file.h"

namespace pellucid {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little-endian and is used in place");

constexpr std::uint64_t kLengthBytes = 8;
constexpr std::uint64_t kLongestHeader = 100'000'000;  // the reference implementation's limit
constexpr std::size_t kAlignment = 8;

float from_half(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000) << 16;
  const std::uint32_t exponent = (half >> 10) & 31, fraction = half & 1023;
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7F800000 | (fraction << 13));
  if (exponent != 0) return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (fraction << 13));
  const float subnormal = static_cast<float>(fraction) * 0x1p-24f;
  return sign != 0 ? -subnormal : subnormal;
}

float from_bfloat16(std::uint16_t value) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(value) << 16);
}

float from_double(double value) {
  return static_cast<float>(value);
}

// The bytes need not be aligned for T.
template <class T, class Convert>
void convert(std::span<const std::byte> bytes, std::vector<float>& out, Convert to_float) {
  out.resize(bytes.size() / sizeof(T));
  for (std::size_t i = 0; i < out.size(); ++i) {
    T value;
    std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
    out[i] = to_float(value);
  }
}

// TensorFlow's names for LayerNorm's weight and bias, which checkpoints of BERT's first years
// (bert-base-uncased among them) still have.
std::optional<std::string> early_name(const std::string& name) {
  constexpr std::pair<std::string_view, std::string_view> kEndings[] = {{"LayerNorm.weight", "LayerNorm.gamma"},
                                                                        {"LayerNorm.bias", "LayerNorm.beta"}};
  for (const auto& [ending, early] : kEndings) {
    if (name.ends_with(ending)) return name.substr(0, name.size() - ending.size()).append(early);
  }
  return std::nullopt;
}

// Wide types first, so that every tensor is aligned for its type; then by name. The reference
// implementation's order, so that the same tensors give the same bytes.
int rank(DataType type) {
  switch (type) {
    case DataType::i64: return 0;
    case DataType::f64: return 1;
    case DataType::f32: return 2;
    case DataType::i32: return 3;
    case DataType::bf16: return 4;
    case DataType::f16: return 5;
    case DataType::i16: return 6;
    case DataType::i8: return 7;
    case DataType::u8: return 8;
    case DataType::boolean: return 9;
  }
  return 10;
}

}  // namespace

std::size_t size_of(DataType type) {
  switch (type) {
    case DataType::f64:
    case DataType::i64: return 8;
    case DataType::f32:
    case DataType::i32: return 4;
    case DataType::f16:
    case DataType::bf16:
    case DataType::i16: return 2;
    case DataType::i8:
    case DataType::u8:
    case DataType::boolean: return 1;
  }
  return 0;
}

Result<SafetensorsFile> SafetensorsFile::open(const std::filesystem::path& path, FileBytes how) {
  PELLUCID_TRY(MappedFile mapped, MappedFile::open(path, how));
  SafetensorsFile file(path, std::move(mapped));
  const std::string where = path.string();
  const std::span<const std::byte> bytes = file.file_.bytes();
  if (bytes.size() < kLengthBytes) {
    return fail(ErrorCode::format, "expected a safetensors file, found " + std::to_string(bytes.size()) + " bytes",
                where);
  }
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), kLengthBytes);
  if (length > kLongestHeader) {
    return fail(ErrorCode::limit,
                "expected a safetensors header of at most " + std::to_string(kLongestHeader) +
                    " bytes, found a length of " + std::to_string(length) + "; is this a safetensors file?",
                where);
  }
  if (length > bytes.size() - kLengthBytes) {
    return fail(ErrorCode::format,
                "expected a header of " + std::to_string(length) + " bytes, found " +
                    std::to_string(bytes.size() - kLengthBytes) + "; is the file cut off?",
                where);
  }
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + kLengthBytes, length);
  if (!text.starts_with('{')) return fail(ErrorCode::format, "expected a header that begins with {", where);

  const std::span<const std::byte> data = bytes.subspan(kLengthBytes + length);
  PELLUCID_TRY(SafetensorsHeader header, read_header(text, data.size(), where));
  for (TensorEntry& entry : header.entries) {
    file.tensors_[std::move(entry.name)] =
        TensorView{entry.type, std::move(entry.shape), data.subspan(entry.begin, entry.end - entry.begin)};
  }
  file.metadata_ = std::move(header.metadata);
  return file;
}

const TensorView* SafetensorsFile::find(const std::string& name) const {
  auto found = tensors_.find(name);
  if (found == tensors_.end()) {
    if (const std::optional<std::string> early = early_name(name)) found = tensors_.find(*early);
  }
  return found == tensors_.end() ? nullptr : &found->second;
}

Result<std::span<const float>> SafetensorsFile::floats(const std::string& name, const std::vector<std::int64_t>& shape,
                                                       std::vector<float>& storage) const {
  const TensorView* tensor = find(name);
  if (tensor == nullptr) {
    return fail(ErrorCode::not_found,
                "expected tensor \"" + name + "\" " + describe_shape(shape) + ", found none of that name among " +
                    std::to_string(tensors_.size()),
                path_.string());
  }
  if (tensor->shape != shape) {
    return fail(ErrorCode::format,
                "tensor \"" + name + "\": expected shape " + describe_shape(shape) + ", found " +
                    describe_shape(tensor->shape) + "; do the weights belong to this config.json?",
                path_.string());
  }
  switch (tensor->type) {
    case DataType::f32:
      if (reinterpret_cast<std::uintptr_t>(tensor->bytes.data()) % alignof(float) == 0) {
        storage.clear();
        return std::span(reinterpret_cast<const float*>(tensor->bytes.data()), tensor->bytes.size() / sizeof(float));
      }
      convert<float>(tensor->bytes, storage, [](float value) { return value; });
      break;
    case DataType::f64: convert<double>(tensor->bytes, storage, from_double); break;
    case DataType::f16: convert<std::uint16_t>(tensor->bytes, storage, from_half); break;
    case DataType::bf16: convert<std::uint16_t>(tensor->bytes, storage, from_bfloat16); break;
    default:
      return fail(
          ErrorCode::unsupported,
          "tensor \"" + name + "\": expected F32, F16, BF16 or F64, found " + std::string(name_of(tensor->type)),
          path_.string());
  }
  return std::span<const float>(storage);
}

Result<void> write_safetensors(const std::filesystem::path& path, const std::map<std::string, TensorView>& tensors,
                               const std::map<std::string, std::string>& metadata) {
  std::vector<std::pair<const std::string*, const TensorView*>> order;
  for (const auto& [name, tensor] : tensors) order.emplace_back(&name, &tensor);
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return rank(a.second->type) < rank(b.second->type); });

  SafetensorsHeader header{.entries = {}, .metadata = metadata};
  std::uint64_t position = 0;
  for (const auto& [name, tensor] : order) {
    if (bytes_of(tensor->type, tensor->shape) != tensor->bytes.size()) {
      return fail(ErrorCode::format,
                  "tensor \"" + *name + "\" " + describe_shape(tensor->shape) + " does not match its " +
                      std::to_string(tensor->bytes.size()) + " bytes",
                  path.string());
    }
    header.entries.push_back({*name, tensor->type, tensor->shape, position, position + tensor->bytes.size()});
    position += tensor->bytes.size();
  }
  std::string text = write_header(header);
  text.resize((text.size() + kAlignment - 1) / kAlignment * kAlignment, ' ');
  const std::uint64_t length = text.size();

  PELLUCID_TRY(AtomicFile file, AtomicFile::create(path));
  PELLUCID_CHECK(file.write(std::as_bytes(std::span(&length, 1))));
  PELLUCID_CHECK(file.write(text));
  for (const auto& [name, tensor] : order) PELLUCID_CHECK(file.write(tensor->bytes));
  return file.commit();
}

}  // namespace pellucid
