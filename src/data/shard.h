// One of several parts of a file's texts, for as many processes or machines that need not know of each other.
//
// A shard is a run of whole chunks of the file, a chunk being what a command reads and computes together: results
// chunk by chunk are those of one process, and shard after shard they are the file's.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string_view>

#include "data/reader.h"
#include "error/error.h"

namespace pellucid {

struct Shard {
  std::size_t number = 1, of = 1;  // number from 1
};

Result<Shard> shard_from_text(std::string_view text);  // "2/8"; a million at most

// Texts [first, last) of a file.
struct TextRange {
  std::size_t first = 0, last = 0;
};
// Chunks are shared out as evenly as whole ones can be; where there are fewer of them than shards, some are empty.
TextRange texts_of(const Shard& shard, std::size_t texts, std::size_t chunk);

class ShardReader {
 public:
  // Counts the texts, which reads the file once more; not so where there is one shard, for which stdin will do. Of
  // the file's texts the first `limit` count, 0: all.
  static Result<ShardReader> open(const std::filesystem::path& path, const ReadOptions& options, const Shard& shard,
                                  std::size_t chunk, std::size_t limit = 0);

  Result<std::optional<Example>> next();
  const ExampleReader& file() const { return reader_; }

 private:
  ShardReader(ExampleReader reader, std::size_t left) : reader_(std::move(reader)), left_(left) {}
  ExampleReader reader_;
  std::size_t left_;
};

}  // namespace pellucid
