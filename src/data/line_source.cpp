#include "data/line_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "data/utf8.h"
#include "files/system_error.h"
#include "progress/interrupt.h"

namespace pellucid {
namespace {

constexpr std::size_t kChunk = std::size_t{1} << 18;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

Result<LineSource> LineSource::open(const std::filesystem::path& path) {
  const bool is_stdin = path == "-";
  const int descriptor = is_stdin ? ::dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return system_failure(errno, is_stdin ? "stdin" : path, "a file to read");
  LineSource source(is_stdin ? "stdin" : path.string(), descriptor);
  struct stat status;
  if (::fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode)) {
    return fail(ErrorCode::io, "expected a file, found a folder; name one file in it", source.name_);
  }
  while (source.buffer_.size() < kByteOrderMark.size()) {
    PELLUCID_TRY(const bool more, source.fill());
    if (!more) break;
  }
  if (source.buffer_.starts_with("\xFF\xFE") || source.buffer_.starts_with("\xFE\xFF")) {
    return fail(ErrorCode::format, "expected UTF-8, found the byte order mark of UTF-16; convert with iconv -t UTF-8",
                source.name_);
  }
  if (source.buffer_.starts_with(kByteOrderMark)) source.begin_ = source.end_ = kByteOrderMark.size();
  return source;
}

LineSource::LineSource(LineSource&& other) noexcept
    : name_(std::move(other.name_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      buffer_(std::move(other.buffer_)),
      begin_(other.begin_),
      end_(other.end_),
      first_line_bytes_(other.first_line_bytes_),
      line_(other.line_),
      lines_(other.lines_),
      offset_(other.offset_),
      ended_(other.ended_) {}

LineSource& LineSource::operator=(LineSource&& other) noexcept {
  LineSource moved(std::move(other));
  std::swap(descriptor_, moved.descriptor_);
  name_ = std::move(moved.name_);
  buffer_ = std::move(moved.buffer_);
  begin_ = moved.begin_;
  end_ = moved.end_;
  first_line_bytes_ = moved.first_line_bytes_;
  line_ = moved.line_;
  lines_ = moved.lines_;
  offset_ = moved.offset_;
  ended_ = moved.ended_;
  return *this;
}

LineSource::~LineSource() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<bool> LineSource::begin() {
  line_ += line_ == 0 ? 1 : lines_;
  lines_ = 0;
  begin_ = end_;
  PELLUCID_TRY(const bool found, next_line());
  first_line_bytes_ = end_ - begin_;
  return found;
}

Result<bool> LineSource::extend() {
  return next_line();
}

void LineSource::shrink_to_first_line() {
  end_ = begin_ + first_line_bytes_;
  lines_ = 1;
}

Result<bool> LineSource::next_line() {
  std::size_t searched = end_;
  for (;;) {
    const void* found = std::memchr(buffer_.data() + searched, '\n',
                                    buffer_.size() - searched);  // NOLINT(bugprone-not-null-terminated-result)
    const std::size_t stop = found != nullptr
                                 ? static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data()) + 1
                                 : buffer_.size();
    if (stop - begin_ > kLongestRecord) {
      const bool first = lines_ == 0;
      if (first) PELLUCID_CHECK(skip_line());
      return bad("expected at most " + std::to_string(kLongestRecord >> 20) + " MiB in one record, found more" +
                     (first ? "" : "; is a closing quote missing?"),
                 ErrorCode::limit);
    }
    if (found != nullptr) {
      end_ = stop;
      ++lines_;
      return true;
    }
    searched = buffer_.size() - begin_;  // relative, because fill() moves the record to the front
    PELLUCID_TRY(const bool more, fill());
    searched += begin_;
    if (more) continue;
    if (end_ == buffer_.size()) return false;
    end_ = buffer_.size();
    ++lines_;
    return true;
  }
}

Result<void> LineSource::skip_line() {
  lines_ = 1;
  for (;;) {
    const std::size_t stop = buffer_.find('\n', end_);
    begin_ = end_ = stop == std::string::npos ? buffer_.size() : stop + 1;
    if (stop != std::string::npos) return {};
    PELLUCID_TRY(const bool more, fill());
    if (!more) return {};
  }
}

Result<bool> LineSource::fill() {
  if (ended_) return false;
  PELLUCID_CHECK(check_interrupted("reading was interrupted; run the command again"));
  // Everything before the record is done with.
  offset_ += begin_;
  end_ -= begin_;
  buffer_.erase(0, std::exchange(begin_, 0));
  const std::size_t kept = buffer_.size();
  // As much again as a long record holds already, so that it is searched and moved a few times only.
  buffer_.resize(kept + std::max(kChunk, kept));
  const ssize_t got = ::read(descriptor_, buffer_.data() + kept, buffer_.size() - kept);
  const int reason = errno;
  buffer_.resize(kept + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  if (got < 0) return system_failure(reason, name_, "to read it");
  ended_ = got == 0;
  return got > 0;
}

Result<void> LineSource::check_encoding() const {
  const std::string_view bytes = record();
  const std::size_t nul = bytes.find('\0');
  const std::size_t broken = first_invalid_utf8(bytes);
  const std::size_t at = std::min(nul, broken);
  if (at == std::string_view::npos) return {};
  const auto line = line_ + static_cast<std::size_t>(std::count(bytes.begin(), bytes.begin() + at, '\n'));
  char byte[8];
  std::snprintf(byte, sizeof byte, "0x%02X", static_cast<unsigned char>(bytes[at]));
  return fail(ErrorCode::format,
              "expected UTF-8 without NUL bytes, found " + std::string(byte) + " at offset " +
                  std::to_string(offset_ + begin_ + at) + " of the file; convert it with iconv -t UTF-8",
              name_ + ":" + std::to_string(line));
}

tl::unexpected<Error> LineSource::bad(std::string message, ErrorCode code) const {
  return fail(code, std::move(message), name_ + ":" + std::to_string(line_));
}

std::string_view without_line_end(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace pellucid
