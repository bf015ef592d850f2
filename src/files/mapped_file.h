// A file's bytes, mapped read-only or copied.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "error/error.h"

namespace pellucid {

// mapped: only the pages that are touched take memory, and they are what the file holds at that moment: who writes into
// it changes them, and who cuts it off ends the program. copied: what it held when it was opened.
enum class FileBytes { mapped, copied };

class MappedFile {
 public:
  static Result<MappedFile> open(const std::filesystem::path& path, FileBytes how = FileBytes::mapped);

  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return {static_cast<const std::byte*>(data_), size_}; }

 private:
  MappedFile(void* data, std::size_t size) : data_(data), size_(size) {}
  void* data_ = nullptr;
  std::size_t size_ = 0;
};

// The whole file as text, refused above `limit` bytes.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit = std::size_t{1} << 30);

}  // namespace pellucid
