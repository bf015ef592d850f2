// One labelled (or unlabelled) text, and the closed set of labels that a classifier knows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "text/tokenizer.h"

namespace pellucid {

struct Example {
  std::string id = {};  // given, or the 1-based line (CSV: record's first line) number
  std::string text = {};
  std::optional<std::string> label = {};
  std::vector<ByteRange> evidence = {};  // human rationale, bytes of `text`
  std::size_t line = 0;                  // where it stands in its file, for messages
};

class LabelSet {
 public:
  LabelSet() = default;
  explicit LabelSet(std::vector<std::string> names);

  // Sorted: numbers numerically, else by bytes. The names are distinct.
  static LabelSet sorted(std::vector<std::string> names);

  // Those of the examples, sorted.
  static LabelSet of(const std::vector<Example>& examples);

  std::size_t size() const { return names_.size(); }
  const std::vector<std::string>& names() const { return names_; }
  const std::string& name(std::size_t index) const { return names_[index]; }
  std::optional<std::int32_t> index(std::string_view name) const;

 private:
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::int32_t> index_;
};

}  // namespace pellucid
