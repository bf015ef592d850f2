#include "checkpoint/safetensors_header.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

namespace pellucid {
namespace {

using nlohmann::json;

constexpr const char* kMetadata = "__metadata__";
constexpr std::size_t kMostDimensions = 32;
constexpr std::pair<std::string_view, DataType> kTypes[] = {
    {"F64", DataType::f64}, {"F32", DataType::f32},     {"F16", DataType::f16}, {"BF16", DataType::bf16},
    {"I64", DataType::i64}, {"I32", DataType::i32},     {"I16", DataType::i16}, {"I8", DataType::i8},
    {"U8", DataType::u8},   {"BOOL", DataType::boolean}};

// Takes the JSON event by event and stops at the first one that has no place here, so that no header
// can make us build more than what it may contain.
class HeaderHandler {
 public:
  using number_integer_t = json::number_integer_t;
  using number_unsigned_t = json::number_unsigned_t;
  using number_float_t = json::number_float_t;
  using string_t = json::string_t;
  using binary_t = json::binary_t;

  SafetensorsHeader header;
  Error error;

  bool start_object(std::size_t) {
    switch (place_) {
      case Place::before: place_ = Place::names; return true;
      case Place::entry: place_ = Place::fields; return true;
      case Place::metadata: place_ = Place::metadata_keys; return true;
      default: return unexpected("an object");
    }
  }

  bool key(string_t& text) {
    switch (place_) {
      case Place::names:
        name_ = text;
        if (!names_.insert(name_).second) return reject("name \"" + name_ + "\" given twice");
        if (name_ == kMetadata) {
          place_ = Place::metadata;
        } else {
          place_ = Place::entry;
          entry_ = {};
          entry_.name = name_;
          seen_ = 0;
        }
        return true;
      case Place::fields:
        if (text == "dtype") return enter(Place::dtype, 1, text);
        if (text == "shape") return enter(Place::shape, 2, text);
        if (text == "data_offsets") return enter(Place::offsets, 4, text);
        return reject("expected dtype, shape, data_offsets, found \"" + text + "\"");
      case Place::metadata_keys:
        metadata_key_ = text;
        if (header.metadata.contains(text)) return reject("key \"" + text + "\" given twice");
        place_ = Place::metadata_value;
        return true;
      default: return unexpected("a key");
    }
  }

  bool string(string_t& text) {
    if (place_ == Place::metadata_value) {
      header.metadata.emplace(metadata_key_, text);
      place_ = Place::metadata_keys;
      return true;
    }
    if (place_ != Place::dtype) return unexpected("a string");
    const auto* found =
        std::find_if(std::begin(kTypes), std::end(kTypes), [&](const auto& t) { return t.first == text; });
    if (found == std::end(kTypes)) {
      error.code = ErrorCode::unsupported;
      return reject("expected dtype F64, F32, F16, BF16, I64, I32, I16, I8, U8 or BOOL, found \"" + text + "\"");
    }
    entry_.type = found->second;
    place_ = Place::fields;
    return true;
  }

  bool start_array(std::size_t) {
    if (place_ == Place::shape) return place_ = Place::shape_items, true;
    if (place_ == Place::offsets) return place_ = Place::offset_items, offsets_.clear(), true;
    return unexpected("a list");
  }

  bool number_unsigned(number_unsigned_t value) {
    if (place_ == Place::shape_items) {
      if (value > static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max())) {
        return reject("a side of the shape overflows: " + std::to_string(value));
      }
      if (entry_.shape.size() == kMostDimensions) return reject("expected at most 32 dimensions, found more");
      entry_.shape.push_back(static_cast<std::int64_t>(value));
      return true;
    }
    if (place_ == Place::offset_items) {
      if (offsets_.size() == 2) return reject("expected two data_offsets, found more");
      offsets_.push_back(value);
      return true;
    }
    return unexpected("a number");
  }

  bool end_array() {
    if (place_ == Place::offset_items) {
      if (offsets_.size() != 2) return reject("expected two data_offsets, found " + std::to_string(offsets_.size()));
      entry_.begin = offsets_[0];
      entry_.end = offsets_[1];
    }
    place_ = Place::fields;
    return true;
  }

  bool end_object() {
    if (place_ == Place::fields) {
      if (seen_ != 7) {
        return reject(std::string("missing ") + (!(seen_ & 1) ? "dtype" : !(seen_ & 2) ? "shape" : "data_offsets"));
      }
      header.entries.push_back(std::move(entry_));
      place_ = Place::names;
      name_.clear();
    } else if (place_ == Place::metadata_keys) {
      place_ = Place::names;
      name_.clear();
    } else {
      place_ = Place::after;
    }
    return true;
  }

  bool null() { return unexpected("null"); }
  bool boolean(bool) { return unexpected("a boolean"); }
  bool number_integer(number_integer_t value) { return unexpected("the negative number " + std::to_string(value)); }
  bool number_float(number_float_t, const string_t& text) { return unexpected("the number " + text); }
  bool binary(binary_t&) { return unexpected("binary data"); }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) {
    name_.clear();
    return reject("expected valid JSON, found an error at offset " +
                  std::to_string(position - std::min<std::size_t>(position, 1)) + " of the header");
  }

 private:
  // Where in the document the next event stands.
  enum class Place {
    before,
    names,
    entry,
    fields,
    dtype,
    shape,
    shape_items,
    offsets,
    offset_items,
    metadata,
    metadata_keys,
    metadata_value,
    after
  };

  bool enter(Place place, unsigned bit, const std::string& field) {
    if ((seen_ & bit) != 0) return reject(field + " given twice");
    seen_ |= bit;
    place_ = place;
    return true;
  }

  bool unexpected(const std::string& found) {
    static constexpr const char* kExpected[] = {"an object",
                                                "a tensor's name",
                                                "an object for each tensor",
                                                "dtype, shape, data_offsets",
                                                "dtype as a string",
                                                "shape as a list",
                                                "whole numbers from 0 in shape",
                                                "data_offsets as a list",
                                                "whole numbers from 0 in data_offsets",
                                                "an object of strings",
                                                "a key",
                                                "a string for each key",
                                                "the end"};
    return reject(std::string("expected ") + kExpected[static_cast<int>(place_)] + ", found " + found);
  }

  bool reject(const std::string& message) {
    error.message = name_.empty() ? "header: " + message : "header of tensor \"" + name_ + "\": " + message;
    return false;
  }

  Place place_ = Place::before;
  std::string name_, metadata_key_;
  std::set<std::string> names_;
  TensorEntry entry_;
  unsigned seen_ = 0;  // bits of the fields found so far
  std::vector<std::uint64_t> offsets_;
};

}  // namespace

std::optional<std::uint64_t> bytes_of(DataType type, const std::vector<std::int64_t>& shape) {
  std::uint64_t bytes = size_of(type);
  for (const std::int64_t side : shape) {
    if (side < 0 || __builtin_mul_overflow(bytes, static_cast<std::uint64_t>(side), &bytes)) return std::nullopt;
  }
  return bytes;
}

std::string describe_shape(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text.append(i == 0 ? "" : ", ").append(std::to_string(shape[i]));
  return text.append("]");
}

std::string_view name_of(DataType type) {
  return std::find_if(std::begin(kTypes), std::end(kTypes), [&](const auto& t) { return t.second == type; })->first;
}

Result<SafetensorsHeader> read_header(std::string_view text, std::uint64_t data_size, const std::string& where) {
  HeaderHandler handler;
  handler.error.where = where;
  if (!json::sax_parse(text.begin(), text.end(), &handler)) return tl::unexpected(std::move(handler.error));

  SafetensorsHeader header = std::move(handler.header);
  std::sort(header.entries.begin(), header.entries.end(), [](const TensorEntry& a, const TensorEntry& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  std::uint64_t position = 0;
  for (const TensorEntry& entry : header.entries) {
    const auto bad = [&](const std::string& message) {
      return fail(ErrorCode::format,
                  "tensor \"" + entry.name + "\" at bytes " + std::to_string(entry.begin) + " to " +
                      std::to_string(entry.end) + ": " + message,
                  where);
    };
    if (entry.begin > entry.end) return bad("it ends before it begins");
    if (entry.end > data_size) {
      return bad("the file holds " + std::to_string(data_size) + " bytes of tensors only; is it cut off?");
    }
    const std::optional<std::uint64_t> bytes = bytes_of(entry.type, entry.shape);
    if (!bytes) return bad("its shape " + describe_shape(entry.shape) + " overflows");
    if (*bytes != entry.end - entry.begin) {
      return bad("expected " + std::to_string(*bytes) + " bytes for " + std::string(name_of(entry.type)) + " " +
                 describe_shape(entry.shape) + ", found " + std::to_string(entry.end - entry.begin));
    }
    if (entry.begin < position) return bad("it overlaps the tensor before it");
    if (entry.begin > position) return bad("bytes " + std::to_string(position) + " on belong to no tensor");
    position = entry.end;
  }
  if (position != data_size) {
    return fail(ErrorCode::format,
                "expected " + std::to_string(position) + " bytes of tensors, found " + std::to_string(data_size) +
                    " behind the header",
                where);
  }
  return header;
}

std::string write_header(const SafetensorsHeader& header) {
  const auto quoted = [](const std::string& text) { return json(text).dump(); };
  std::string text = "{";
  if (!header.metadata.empty()) {
    text.append(quoted(kMetadata)).append(":{");
    for (const auto& [key, value] : header.metadata) {
      text.append(text.back() == '{' ? "" : ",").append(quoted(key)).append(":").append(quoted(value));
    }
    text.append("}");
  }
  for (const TensorEntry& entry : header.entries) {
    text.append(text.size() == 1 ? "" : ",").append(quoted(entry.name));
    text.append(":{\"dtype\":\"").append(name_of(entry.type)).append("\",\"shape\":").append(json(entry.shape).dump());
    text.append(",\"data_offsets\":").append(json({entry.begin, entry.end}).dump()).append("}");
  }
  return text.append("}");
}

}  // namespace pellucid
