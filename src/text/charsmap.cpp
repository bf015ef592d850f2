#include "text/charsmap.h"

#include <nettle/base64.h>
#include <utf8proc.h>

namespace pellucid {
namespace {

constexpr std::size_t kLongestCluster = 5;  // bytes; a longer cluster is looked up one code point at a time

std::optional<std::string> from_base64(std::string_view text) {
  base64_decode_ctx state;
  nettle_base64_decode_init(&state);
  std::string bytes(BASE64_DECODE_LENGTH(text.size()), '\0');
  std::size_t size = bytes.size();
  if (!nettle_base64_decode_update(&state, &size, reinterpret_cast<std::uint8_t*>(bytes.data()), text.size(),
                                   text.data()) ||
      !nettle_base64_decode_final(&state)) {
    return std::nullopt;
  }
  bytes.resize(size);
  return bytes;
}

std::uint32_t little_endian(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i > 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[at + i - 1]);
  return value;
}

// A unit of the double array (darts-clone): the byte that leads to it, where its children lie, a value if it is a leaf.
std::uint32_t label(std::uint32_t unit) {
  return unit & (0x80000000U | 0xFFU);
}
std::uint32_t offset(std::uint32_t unit) {
  return (unit >> 10) << ((unit & 0x200U) >> 6);
}
bool has_leaf(std::uint32_t unit) {
  return (unit >> 8 & 1U) != 0;
}
std::uint32_t value(std::uint32_t unit) {
  return unit & 0x7FFFFFFFU;
}

// The end of the extended grapheme cluster that begins at `begin`.
std::size_t cluster_end(const Characters& text, std::size_t begin) {
  utf8proc_int32_t state = 0;
  std::size_t end = begin + 1;
  while (end < text.size() &&
         !utf8proc_grapheme_break_stateful(static_cast<utf8proc_int32_t>(text[end - 1].value),
                                           static_cast<utf8proc_int32_t>(text[end].value), &state)) {
    ++end;
  }
  return end;
}

// `count` old characters become `replacement`.
void replace(std::vector<Edit>& edits, std::size_t count, std::string_view replacement) {
  const std::u32string points = code_points(replacement);
  for (std::size_t i = 0; i < points.size(); ++i) edits.push_back({points[i], i < count ? 0 : 1});
  if (points.size() < count && !edits.empty()) edits.back().change -= static_cast<int>(count - points.size());
}

}  // namespace

Result<std::shared_ptr<const Charsmap>> Charsmap::read(std::string_view base64, const std::string& where) {
  const auto broken = [&](const std::string& found) {
    return fail(ErrorCode::format,
                "expected normalizer.precompiled_charsmap to be a compiled map in Base64, found " + found, where);
  };
  const std::optional<std::string> bytes = from_base64(base64);
  if (!bytes) return broken("other characters than Base64 has");
  if (bytes->size() < 4) return broken(std::to_string(bytes->size()) + " bytes");
  const std::size_t size = little_endian(*bytes, 0);
  if (size % 4 != 0 || size > bytes->size() - 4) {
    return broken("a trie of " + std::to_string(size) + " bytes in " + std::to_string(bytes->size()));
  }
  auto charsmap = std::make_shared<Charsmap>();
  for (std::size_t at = 4; at < 4 + size; at += 4) charsmap->trie_.push_back(little_endian(*bytes, at));
  charsmap->replacements_ = bytes->substr(4 + size);
  return charsmap;
}

// The replacement of the shortest beginning of `text` that the map has.
std::optional<std::string_view> Charsmap::find(std::string_view text) const {
  const auto unit_at = [&](std::size_t at) { return at < trie_.size() ? trie_[at] : 0x80000000U; };  // no byte's label
  std::size_t node = offset(unit_at(0));
  for (const char c : text) {
    if (c == 0) return std::nullopt;
    const auto byte = static_cast<unsigned char>(c);
    node ^= byte;
    const std::uint32_t unit = unit_at(node);
    if (label(unit) != byte) return std::nullopt;
    node ^= offset(unit);
    if (!has_leaf(unit)) continue;
    const std::size_t at = value(unit_at(node));
    if (at > replacements_.size()) return std::nullopt;
    return std::string_view(replacements_).substr(at, replacements_.find('\0', at) - at);
  }
  return std::nullopt;
}

void Charsmap::normalize(Characters& text) const {
  std::vector<Edit> edits;
  edits.reserve(text.size());
  bool changed = false;
  const auto try_to_replace = [&](std::size_t begin, std::size_t end, std::string_view bytes) {
    const std::optional<std::string_view> replacement = find(bytes);
    if (!replacement) return false;
    replace(edits, end - begin, *replacement);
    changed = true;
    return true;
  };
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = cluster_end(text, begin);
    if (end - begin <= kLongestCluster) {
      const std::string cluster = utf8(std::span(text).subspan(begin, end - begin));
      if (cluster.size() <= kLongestCluster && try_to_replace(begin, end, cluster)) {
        begin = end;
        continue;
      }
    }
    for (; begin < end; ++begin) {
      if (!try_to_replace(begin, begin + 1, utf8(std::span(text).subspan(begin, 1)))) {
        edits.push_back({text[begin].value, 0});
      }
    }
  }
  if (changed) apply_edits(edits, text);
}

}  // namespace pellucid
