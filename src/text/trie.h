// A set of strings, each with a number: finds all of them that a text begins with. Nodes lie level by level, the
// children of one side by side and in order.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace pellucid {

class Trie {
 public:
  Trie() = default;
  // No two strings are the same, none is empty; numbers are not negative.
  explicit Trie(std::vector<std::pair<std::string_view, std::int32_t>> strings);

  // Calls found(size, number) for each string that `text` begins with, the shortest first.
  template <class Found>
  void for_each_prefix(std::string_view text, Found found) const {
    std::uint32_t node = 0;
    for (std::size_t size = 1; size <= text.size(); ++size) {
      node = child(node, static_cast<unsigned char>(text[size - 1]));
      if (node == 0) return;
      if (nodes_[node].number >= 0) found(size, nodes_[node].number);
    }
  }

 private:
  struct Node {
    std::uint32_t first_child = 0;
    std::uint16_t children = 0;
    unsigned char byte = 0;
    std::int32_t number = -1;  // -1: no string ends here
  };
  std::uint32_t child(std::uint32_t node, unsigned char byte) const;  // 0: there is none

  std::vector<Node> nodes_ = std::vector<Node>(1);
};

}  // namespace pellucid
