// The safetensors format: an 8-byte header length, a JSON header, raw little-endian tensors.
// Everything the header says (offsets, shapes, overlaps, sizes) is checked against the file before use.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "error/error.h"
#include "files/mapped_file.h"

namespace pellucid {

enum class DataType { f64, f32, f16, bf16, i64, i32, i16, i8, u8, boolean };

std::size_t size_of(DataType type);
std::string_view name_of(DataType type);  // "F32", as in the file

// A tensor inside an open file, row-major; valid while its SafetensorsFile lives.
struct TensorView {
  DataType type = DataType::f32;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;
};

class SafetensorsFile {
 public:
  static Result<SafetensorsFile> open(const std::filesystem::path& path, FileBytes how = FileBytes::mapped);

  std::span<const std::byte> bytes() const { return file_.bytes(); }  // of the whole file
  const std::map<std::string, TensorView>& tensors() const { return tensors_; }
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  const TensorView* find(const std::string& name) const;

  // The tensor as fp32 (converted from f16, bf16, f64), checked against `shape`. No copy where the
  // file already holds aligned fp32: then the span points into those bytes and `storage` stays empty.
  Result<std::span<const float>> floats(const std::string& name, const std::vector<std::int64_t>& shape,
                                        std::vector<float>& storage) const;

 private:
  SafetensorsFile(std::filesystem::path path, MappedFile file) : path_(std::move(path)), file_(std::move(file)) {}
  std::filesystem::path path_;
  MappedFile file_;
  std::map<std::string, TensorView> tensors_;
  std::map<std::string, std::string> metadata_;
};

// Written aside, synced, renamed. Tensors in name order, aligned as the reference implementation does.
Result<void> write_safetensors(const std::filesystem::path& path, const std::map<std::string, TensorView>& tensors,
                               const std::map<std::string, std::string>& metadata = {{"format", "pt"}});

}  // namespace pellucid
