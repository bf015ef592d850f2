#include "text/trie.h"

#include <algorithm>

namespace pellucid {

Trie::Trie(std::vector<std::pair<std::string_view, std::int32_t>> strings) {
  std::ranges::sort(strings);
  struct Group {  // the strings that share a node's path
    std::size_t begin, end, depth;
  };
  std::vector<Group> groups{{0, strings.size(), 0}};  // [node]
  for (std::size_t node = 0; node < groups.size(); ++node) {
    auto [begin, end, depth] = groups[node];
    if (begin < end && strings[begin].first.size() == depth) nodes_[node].number = strings[begin++].second;
    nodes_[node].first_child = static_cast<std::uint32_t>(nodes_.size());
    while (begin < end) {
      const char byte = strings[begin].first[depth];
      std::size_t next = begin;
      while (next < end && strings[next].first[depth] == byte) ++next;
      nodes_.push_back({.byte = static_cast<unsigned char>(byte)});
      groups.push_back({begin, next, depth + 1});
      begin = next;
    }
    nodes_[node].children = static_cast<std::uint16_t>(nodes_.size() - nodes_[node].first_child);
  }
}

std::uint32_t Trie::child(std::uint32_t node, unsigned char byte) const {
  const auto first = nodes_.begin() + nodes_[node].first_child;
  const auto last = first + nodes_[node].children;
  const auto found = std::lower_bound(first, last, byte, [](const Node& x, unsigned char b) { return x.byte < b; });
  return found != last && found->byte == byte ? static_cast<std::uint32_t>(found - nodes_.begin()) : 0;
}

}  // namespace pellucid
