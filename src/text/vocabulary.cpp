#include "text/vocabulary.h"

#include <algorithm>
#include <array>
#include <bit>

namespace pellucid {
namespace {

// FNV-1a: the hash of every beginning of a word falls out of one pass. The start tells the two kinds apart.
constexpr std::uint64_t kStart[] = {0xCBF29CE484222325U, 0x9AE16A3B2F90404FU};
constexpr std::uint64_t step(std::uint64_t hash, char c) {
  return (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
}
constexpr std::uint64_t spread(std::uint64_t hash) {
  return hash ^ (hash >> 29);
}

std::uint64_t hash_of(std::string_view text, bool continuation) {
  std::uint64_t hash = kStart[continuation ? 1 : 0];
  for (const char c : text) hash = step(hash, c);
  return hash;
}

}  // namespace

Vocabulary::Vocabulary(std::vector<std::string> pieces, std::string_view prefix)
    : pieces_(std::move(pieces)), prefix_size_(prefix.size()), continuation_(pieces_.size()) {
  slots_.resize(std::bit_ceil(4 * pieces_.size() + 4));
  for (std::size_t id = 0; id < pieces_.size(); ++id) {
    const std::string_view piece = pieces_[id];
    if (piece.empty()) continue;
    continuation_[id] = !prefix.empty() && piece.size() > prefix.size() && piece.starts_with(prefix);
    const std::string_view text = continuation_[id] ? piece.substr(prefix_size_) : piece;
    longest_ = std::max(longest_, text.size());
    insert(hash_of(text, continuation_[id]), static_cast<std::int32_t>(id));
  }
}

void Vocabulary::insert(std::uint64_t hash, std::int32_t id) {
  std::size_t at = spread(hash) & (slots_.size() - 1);
  while (slots_[at].id >= 0) at = (at + 1) & (slots_.size() - 1);
  slots_[at] = {hash, id};
}

std::int32_t Vocabulary::look_up(std::uint64_t hash, std::string_view text, bool continuation) const {
  for (std::size_t at = spread(hash) & (slots_.size() - 1); slots_[at].id >= 0; at = (at + 1) & (slots_.size() - 1)) {
    if (slots_[at].hash != hash) continue;
    const std::int32_t id = slots_[at].id;
    if (continuation_[id] != continuation) continue;
    if (std::string_view(pieces_[id]).substr(continuation ? prefix_size_ : 0) == text) return id;
  }
  return -1;
}

Vocabulary::Match Vocabulary::longest(std::string_view rest, bool continuation) const {
  std::array<std::uint64_t, 256> hashes;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled as far as read
  const std::size_t most = std::min({rest.size(), longest_, hashes.size()});
  std::uint64_t hash = kStart[continuation ? 1 : 0];
  for (std::size_t i = 0; i < most; ++i) {
    hash = step(hash, rest[i]);
    hashes[i] = hash;
  }
  for (std::size_t size = most; size > 0; --size) {
    const std::int32_t id = look_up(hashes[size - 1], rest.substr(0, size), continuation);
    if (id >= 0) return {id, size};
  }
  return {};
}

}  // namespace pellucid
