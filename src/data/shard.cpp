#include "data/shard.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string>

namespace pellucid {

Result<Shard> shard_from_text(std::string_view text) {
  constexpr std::size_t kMost = 1'000'000;
  Shard shard;
  const std::size_t slash = std::min(text.find('/'), text.size());
  const auto number = [&](std::string_view digits, std::size_t& value) {
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return failure == std::errc() && end == digits.data() + digits.size();
  };
  if (slash < text.size() && number(text.substr(0, slash), shard.number) && number(text.substr(slash + 1), shard.of) &&
      shard.number >= 1 && shard.number <= shard.of && shard.of <= kMost) {
    return shard;
  }
  return fail(ErrorCode::usage,
              "expected K/N, part K of N counted from 1, such as 2/8; found '" + std::string(text) + "'", "--shard");
}

TextRange texts_of(const Shard& shard, std::size_t texts, std::size_t chunk) {
  const std::size_t chunks = (texts + chunk - 1) / chunk;
  const auto begin = [&](std::size_t k) { return std::min(texts, k * chunks / shard.of * chunk); };
  return {begin(shard.number - 1), begin(shard.number)};
}

Result<ShardReader> ShardReader::open(const std::filesystem::path& path, const ReadOptions& options, const Shard& shard,
                                      std::size_t chunk, std::size_t limit) {
  std::size_t texts = limit > 0 ? limit : std::numeric_limits<std::size_t>::max();
  if (shard.of == 1) {
    PELLUCID_TRY(ExampleReader reader, ExampleReader::open(path, options));
    return ShardReader(std::move(reader), texts);
  }
  if (path == "-") {
    return fail(ErrorCode::usage, "expected a file, whose texts are counted before they are shared out; found stdin",
                "--shard");
  }
  PELLUCID_TRY(ExampleReader counted, ExampleReader::open(path, options));
  std::size_t found = 0;
  for (; found < texts; ++found) {
    PELLUCID_TRY(const std::optional<Example> example, counted.next());
    if (!example) break;
  }
  const TextRange range = texts_of(shard, found, chunk);
  PELLUCID_TRY(ExampleReader reader, ExampleReader::open(path, options));
  for (std::size_t i = 0; i < range.first; ++i) PELLUCID_CHECK(reader.next());
  return ShardReader(std::move(reader), range.last - range.first);
}

Result<std::optional<Example>> ShardReader::next() {
  if (left_ == 0) return std::optional<Example>{};
  --left_;
  return reader_.next();
}

}  // namespace pellucid
