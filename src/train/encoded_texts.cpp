#include "train/encoded_texts.h"

#include <cstring>
#include <utility>

namespace pellucid::train {

Result<EncodedTexts> EncodedTexts::create(const std::filesystem::path& folder, std::size_t expected) {
  PELLUCID_TRY(SequenceFile records, SequenceFile::create(folder));
  EncodedTexts texts(std::move(records));
  texts.lengths_.reserve(expected);
  texts.labels_.reserve(expected);
  return texts;
}

Result<void> EncodedTexts::add(std::span<const std::int32_t> ids, std::int32_t label, std::string_view name) {
  std::string record(reinterpret_cast<const char*>(ids.data()), ids.size_bytes());
  record += name;
  PELLUCID_CHECK(records_.add(record));
  lengths_.push_back(static_cast<std::uint32_t>(ids.size()));
  labels_.push_back(label);
  return {};
}

Result<PackedBatch> EncodedTexts::pack(std::span<const std::uint32_t> texts) const {
  PackedBatch batch;
  std::vector<std::int32_t> ids;
  for (const std::uint32_t text : texts) {
    PELLUCID_TRY(const std::string record, records_.read(text));
    ids.resize(lengths_[text]);
    std::memcpy(ids.data(), record.data(), ids.size() * sizeof ids[0]);
    batch.add(ids);
  }
  return batch;
}

Result<std::string> EncodedTexts::name(std::uint32_t text) const {
  PELLUCID_TRY(std::string record, records_.read(text));
  return record.substr(lengths_[text] * sizeof(std::int32_t));
}

}  // namespace pellucid::train
