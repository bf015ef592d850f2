// GPT-2's printable characters for bytes, in which the vocabularies of byte-level BPE are written.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "text/utf8.h"

namespace pellucid {

// [byte]: itself where it is printable in Latin-1, else one of U+0100 and up, in order.
constexpr std::array<char32_t, 256> byte_alphabet() {
  std::array<char32_t, 256> alphabet{};
  char32_t next = 0x100;
  for (char32_t byte = 0; byte < 256; ++byte) {
    const bool printable =
        (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || (byte >= 0xAE && byte <= 0xFF);
    alphabet[byte] = printable ? byte : next++;
  }
  return alphabet;
}

inline constexpr char32_t kByteLevelSpace = byte_alphabet()[' '];  // Ġ

// The bytes that a piece stands for; none where it is not written in this alphabet.
inline std::optional<std::string> bytes_of_piece(std::string_view piece) {
  constexpr auto kBytes = [] {
    std::array<int, 0x200> bytes{};  // [character]; -1: stands for none
    bytes.fill(-1);
    constexpr auto kAlphabet = byte_alphabet();
    for (int byte = 0; byte < 256; ++byte) bytes[kAlphabet[byte]] = byte;
    return bytes;
  }();
  std::string bytes;
  for (std::size_t at = 0; at < piece.size();) {
    const CodePoint next = decode(piece, at);
    if (next.value >= kBytes.size() || kBytes[next.value] < 0) return std::nullopt;
    bytes.push_back(static_cast<char>(kBytes[next.value]));
    at += next.size;
  }
  return bytes;
}

}  // namespace pellucid
