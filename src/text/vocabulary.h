// WordPiece's vocabulary: the longest piece that a word's rest begins with, found by one pass of an
// incremental hash and a few table look-ups.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pellucid {

class Vocabulary {
 public:
  // pieces[id]; an empty string is an id that is not in use. `prefix` marks continuations ("##").
  Vocabulary(std::vector<std::string> pieces, std::string_view prefix);

  struct Match {
    std::int32_t id = -1;  // -1: no piece fits
    std::size_t size = 0;  // bytes
  };
  // The longest piece that `rest` begins with; `continuation`: among those marked with the prefix.
  Match longest(std::string_view rest, bool continuation) const;

 private:
  struct Slot {
    std::uint64_t hash = 0;
    std::int32_t id = -1;
  };
  std::int32_t look_up(std::uint64_t hash, std::string_view text, bool continuation) const;
  void insert(std::uint64_t hash, std::int32_t id);

  std::vector<std::string> pieces_;
  std::size_t prefix_size_;
  std::size_t longest_ = 0;  // bytes of the longest piece without its prefix
  std::vector<bool> continuation_;
  std::vector<Slot> slots_;  // open addressing, a power of two
};

}  // namespace pellucid
