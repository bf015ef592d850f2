// A file or stdin as records of one line or more, holding one record at a time. Knows line numbers
// and checks what every text format shares: length, UTF-8, no NUL bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "error/error.h"

namespace pellucid {

class LineSource {
 public:
  static constexpr std::size_t kLongestRecord = std::size_t{16} << 20;

  // `-` is stdin. A UTF-8 byte order mark is skipped; UTF-16 is refused.
  static Result<LineSource> open(const std::filesystem::path& path);

  LineSource(LineSource&& other) noexcept;
  LineSource& operator=(LineSource&& other) noexcept;
  ~LineSource();

  // Begins a record with the next line; false at the end. After a limit error the long line is passed.
  Result<bool> begin();

  // Adds the line that follows; false at the end.
  Result<bool> extend();

  // Gives all but the record's first line back, to be read again.
  void shrink_to_first_line();

  // The record's bytes with their line ends; valid until the next call of begin() or extend().
  std::string_view record() const { return std::string_view(buffer_).substr(begin_, end_ - begin_); }

  std::size_t line() const { return line_; }  // of the record's beginning, from 1
  const std::string& name() const { return name_; }

  // The record is UTF-8 without NUL bytes, or the error that names line and byte.
  Result<void> check_encoding() const;

  // A bad row: "file:line: message".
  tl::unexpected<Error> bad(std::string message, ErrorCode code = ErrorCode::format) const;

 private:
  LineSource(std::string name, int descriptor) : name_(std::move(name)), descriptor_(descriptor) {}
  Result<bool> next_line();
  Result<bool> fill();  // more bytes into buffer_; false at the end
  Result<void> skip_line();

  std::string name_;
  int descriptor_ = -1;
  std::string buffer_;
  std::size_t begin_ = 0, end_ = 0;   // the record within buffer_
  std::size_t first_line_bytes_ = 0;  // of the record's first line
  std::size_t line_ = 0;
  std::size_t lines_ = 0;     // in the record
  std::uint64_t offset_ = 0;  // of buffer_'s first byte in the file
  bool ended_ = false;
};

// `line` without its "\n" or "\r\n".
std::string_view without_line_end(std::string_view line);

}  // namespace pellucid
