#include "text/byte_pairs.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <tuple>

#include "text/byte_alphabet.h"

namespace pellucid {
namespace {

constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

// A piece of the word, in a list from left to right; merged away where it is empty.
struct Symbol {
  std::int32_t id;
  std::uint32_t previous, next;
  std::uint32_t begin, end;  // bytes
};

struct Candidate {
  std::int32_t rank;
  std::uint32_t left;  // its symbol
  std::int32_t id;     // of the two together
  // A heap has the largest on top.
  bool operator<(const Candidate& other) const { return std::tie(rank, left) > std::tie(other.rank, other.left); }
};

std::uint64_t pair_of(std::int32_t left, std::int32_t right) {
  return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32 | static_cast<std::uint32_t>(right);
}

std::size_t slot_of(std::uint64_t pair, std::size_t slots) {
  const std::uint64_t product = pair * 0x9E3779B97F4A7C15U;
  return (product ^ product >> 32) & (slots - 1);
}

tl::unexpected<Error> unknown_merge(std::size_t rank, const BytePairs::Merge& merge, const std::string& where) {
  return fail(ErrorCode::format,
              "expected the pieces of merge " + std::to_string(rank) + " (\"" + merge.first + "\" and \"" +
                  merge.second + "\") and what they make in the vocabulary, found a piece that is not there",
              where);
}

}  // namespace

Result<std::unique_ptr<Model>> BytePairs::make(std::span<const std::string> pieces, std::span<const Merge> merges,
                                               bool whole_words_first, const std::string& where) {
  auto model = std::make_unique<BytePairs>();
  std::unordered_map<std::string_view, std::int32_t> ids;
  ids.reserve(pieces.size());
  model->bytes_.fill(-1);
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (pieces[i].empty()) continue;
    const auto id = static_cast<std::int32_t>(i);
    ids.emplace(pieces[i], id);
    if (!whole_words_first && pieces[i].size() > 2) continue;  // no byte's character is longer
    const std::optional<std::string> bytes = bytes_of_piece(pieces[i]);
    if (!bytes) continue;
    if (bytes->size() == 1) model->bytes_[static_cast<unsigned char>(bytes->front())] = id;
    if (whole_words_first) model->words_.emplace(*bytes, id);
  }
  if (const auto missing = std::ranges::find(model->bytes_, -1); missing != model->bytes_.end()) {
    return fail(ErrorCode::unsupported,
                "expected a BPE vocabulary with a piece for each of the 256 bytes, found none for byte " +
                    std::to_string(missing - model->bytes_.begin()) + "; this tokenizer is not supported",
                where);
  }
  model->merges_.resize(std::bit_ceil(2 * merges.size() + 2));
  for (std::size_t rank = 0; rank < merges.size(); ++rank) {
    const auto& [left, right] = merges[rank];
    const auto id = [&](const std::string& piece) {
      const auto found = ids.find(piece);
      return found == ids.end() ? -1 : found->second;
    };
    const std::int32_t joined = id(left + right);
    if (id(left) < 0 || id(right) < 0 || joined < 0) {
      return unknown_merge(rank, merges[rank], where);
    }
    model->insert(id(left), id(right), static_cast<std::int32_t>(rank), joined);
  }
  return model;
}

void BytePairs::insert(std::int32_t left, std::int32_t right, std::int32_t rank, std::int32_t id) {
  const std::uint64_t pair = pair_of(left, right);
  std::size_t at = slot_of(pair, merges_.size());
  while (merges_[at].pair != kNoPair && merges_[at].pair != pair) at = (at + 1) & (merges_.size() - 1);
  merges_[at] = {pair, rank, id};
}

const BytePairs::Joined* BytePairs::find(std::int32_t left, std::int32_t right) const {
  const std::uint64_t pair = pair_of(left, right);
  std::size_t at = slot_of(pair, merges_.size());
  while (merges_[at].pair != kNoPair && merges_[at].pair != pair) at = (at + 1) & (merges_.size() - 1);
  return merges_[at].pair == pair ? &merges_[at] : nullptr;
}

void BytePairs::add_pieces(const Word& word, Encoding& encoding) const {
  const auto add = [&](std::int32_t id, std::size_t begin, std::size_t end) {
    encoding.ids.push_back(id);
    encoding.ranges.push_back({word.sources[begin].begin, word.sources[end - 1].end});
  };
  const auto size = static_cast<std::uint32_t>(word.bytes.size());
  if (const auto whole = words_.find(word.bytes); whole != words_.end()) {
    add(whole->second, 0, size);
    return;
  }
  std::vector<Symbol> symbols(size);
  for (std::uint32_t i = 0; i < size; ++i) {
    const std::int32_t id = bytes_[static_cast<unsigned char>(word.bytes[i])];
    symbols[i] = {id, i == 0 ? kNone : i - 1, i + 1 == size ? kNone : i + 1, i, i + 1};
  }
  std::vector<Candidate> heap;
  const auto consider = [&](std::uint32_t left) {  // and its right neighbour
    if (left == kNone || symbols[left].next == kNone) return;
    const Joined* joined = find(symbols[left].id, symbols[symbols[left].next].id);
    if (joined == nullptr) return;
    heap.push_back({joined->rank, left, joined->id});
    std::push_heap(heap.begin(), heap.end());
  };
  for (std::uint32_t i = 0; i + 1 < size; ++i) consider(i);
  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end());
    const Candidate best = heap.back();
    heap.pop_back();
    Symbol& left = symbols[best.left];
    if (left.begin == left.end || left.next == kNone) continue;
    Symbol& right = symbols[left.next];
    // Either may have been merged with another since.
    const Joined* joined = find(left.id, right.id);
    if (joined == nullptr || joined->id != best.id) continue;
    left.id = best.id;
    left.end = right.end;
    left.next = right.next;
    right.begin = right.end;
    if (left.next != kNone) symbols[left.next].previous = best.left;
    consider(left.previous);
    consider(best.left);
  }
  for (std::uint32_t i = 0; i != kNone && size > 0; i = symbols[i].next) {
    add(symbols[i].id, symbols[i].begin, symbols[i].end);
  }
}

}  // namespace pellucid
