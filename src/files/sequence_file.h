// Sequences of bytes, too many for memory: added one after another, then read by number.
//
// They lie in a folder on two files without a name, which are gone when the process is, however it ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "error/error.h"

namespace pellucid {

class SequenceFile {
 public:
  static Result<SequenceFile> create(const std::filesystem::path& folder);

  Result<void> add(std::string_view bytes);
  Result<void> finish();  // behind the last one, before any is read
  std::size_t size() const { return size_; }
  Result<std::string> read(std::size_t number) const;  // from any thread

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  using File = std::unique_ptr<std::FILE, Close>;
  SequenceFile(std::filesystem::path folder, File bytes, File bounds)
      : folder_(std::move(folder)), bytes_(std::move(bytes)), bounds_(std::move(bounds)) {}
  Result<void> write(std::FILE& file, const void* data, std::size_t size) const;
  Result<void> read(std::FILE& file, std::uint64_t offset, void* data, std::size_t size) const;

  std::filesystem::path folder_;
  File bytes_;
  File bounds_;  // [size + 1] of the sequences among the bytes
  std::size_t size_ = 0;
  std::uint64_t end_ = 0;
};

}  // namespace pellucid
