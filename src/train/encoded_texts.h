// Texts as token ids, with labels: the ids on the disk, eight bytes a text in memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/packing.h"
#include "error/error.h"
#include "files/sequence_file.h"

namespace pellucid::train {

class EncodedTexts {
 public:
  // In a nameless file in `folder`; about `expected` texts.
  static Result<EncodedTexts> create(const std::filesystem::path& folder, std::size_t expected = 0);

  Result<void> add(std::span<const std::int32_t> ids, std::int32_t label, std::string_view name);
  Result<void> finish() { return records_.finish(); }  // behind the last one, before any is read

  std::size_t size() const { return labels_.size(); }
  std::span<const std::uint32_t> lengths() const { return lengths_; }  // [N] tokens
  std::span<const std::int32_t> labels() const { return labels_; }     // [N]
  Result<PackedBatch> pack(std::span<const std::uint32_t> texts) const;
  Result<std::string> name(std::uint32_t text) const;  // id of the example, for messages

 private:
  explicit EncodedTexts(SequenceFile records) : records_(std::move(records)) {}

  std::vector<std::uint32_t> lengths_;
  std::vector<std::int32_t> labels_;
  SequenceFile records_;  // a text's ids and then its name
};

}  // namespace pellucid::train
