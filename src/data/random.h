// SplitMix64 (Steele, Lea & Flood 2014): a counter through a mixing function. Own, because the
// standard library's shuffle and distributions differ between platforms, and a seed must not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace pellucid {

class SplitMix64 {
 public:
  explicit SplitMix64(std::uint64_t seed) : counter_(seed) {}

  // A stream of its own for each (seed, stream), such as an epoch or a class.
  SplitMix64(std::uint64_t seed, std::uint64_t stream) : counter_(mix(seed + kStep) ^ mix(~stream)) {}

  std::uint64_t next() { return mix(counter_ += kStep); }

  // Uniform in [0, bound), bound > 0; without bias (Lemire 2019).
  std::uint64_t below(std::uint64_t bound) {
    Wide product = static_cast<Wide>(next()) * bound;
    if (static_cast<std::uint64_t>(product) < bound) {
      const std::uint64_t threshold = -bound % bound;
      while (static_cast<std::uint64_t>(product) < threshold) product = static_cast<Wide>(next()) * bound;
    }
    return static_cast<std::uint64_t>(product >> 64);
  }

  // Uniform in [0, 1).
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

  // Fisher-Yates.
  template <class T>
  void shuffle(std::span<T> items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

 private:
  __extension__ using Wide = unsigned __int128;
  static constexpr std::uint64_t kStep = 0x9E3779B97F4A7C15;

  static constexpr std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }

  std::uint64_t counter_;
};

// FNV-1a of a text's ids: what seeds choices that must depend on the text and not on its company.
inline std::uint64_t hash_of(std::span<const std::int32_t> ids) {
  std::uint64_t hash = 0xCBF29CE484222325;
  for (const std::int32_t id : ids) hash = (hash ^ static_cast<std::uint32_t>(id)) * 0x100000001B3;
  return hash;
}

}  // namespace pellucid
