// Texts that a tiny model can learn to label, for whole runs of compare and study.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "data/random.h"

namespace pellucid {

// A CSV file of words that speak for one of two labels, among others.
inline void write_two_labels(const std::filesystem::path& file, int texts, std::uint64_t seed) {
  constexpr const char* kWords[2][4] = {{"film", "actor", "movie", "scene"}, {"oil", "price", "bank", "share"}};
  constexpr const char* kNoise[] = {"the", "is", "very", "good", "bad", "this", "not", "rich"};
  SplitMix64 random(seed);
  std::ofstream rows(file);
  rows << "text,label\n";
  for (int i = 0; i < texts; ++i) {
    const std::uint64_t label = random.below(2);
    std::string text = kWords[label][random.below(4)];
    for (std::uint64_t n = 1 + random.below(6); n > 0; --n) text += std::string(" ") + kNoise[random.below(8)];
    rows << text << "," << (label == 0 ? "film" : "market") << "\n";
  }
}

}  // namespace pellucid
