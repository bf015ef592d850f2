#include "checkpoint/vocabulary_size.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "files/json.h"
#include "files/mapped_file.h"

namespace pellucid {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::int64_t kLargestId = std::int64_t{1} << 40;  // so that one more is a number, too
constexpr std::size_t kLongestFile = std::size_t{256} << 20;

// The largest id in model.vocab and added_tokens, taken from the events of the parser: a document of
// 30,000 entries is not worth building for one number.
class IdHandler : public nlohmann::json_sax<json> {
 public:
  std::int64_t largest = -1;
  bool too_deep = false;

  bool key(string_t& name) override {
    path_.back() = name;
    return true;
  }
  bool number_unsigned(number_unsigned_t value) override { return number(static_cast<std::int64_t>(value)); }
  bool number_integer(number_integer_t value) override { return number(value); }
  bool start_object(std::size_t) override { return descend(); }
  bool start_array(std::size_t) override {
    if (in_vocabulary()) largest = std::max(largest, listed_++);
    return descend();
  }
  bool end_object() override { return path_.pop_back(), true; }
  bool end_array() override { return path_.pop_back(), true; }
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

 private:
  // Each level takes memory, so that a file of brackets would take all of it.
  bool descend() {
    too_deep = std::ssize(path_) >= kDeepestJson;
    if (!too_deep) path_.emplace_back();
    return !too_deep;
  }

  bool in_vocabulary() const { return path_.size() == 3 && path_[0] == "model" && path_[1] == "vocab"; }

  bool number(std::int64_t value) {
    const bool added = path_.size() == 3 && path_[0] == "added_tokens" && path_[2] == "id";
    if (in_vocabulary() || added) largest = std::max(largest, std::min(value, kLargestId));
    return true;
  }

  std::int64_t listed_ = 0;        // pieces of a vocabulary that lists them with their scores; its ids are their places
  std::vector<std::string> path_;  // the key (empty within a list) at each depth
};

}  // namespace

Result<std::int64_t> vocabulary_size(const fs::path& folder) {
  std::error_code failure;
  if (const fs::path file = folder / "tokenizer.json"; fs::exists(file, failure)) {
    PELLUCID_TRY(const std::string text, read_file(file, kLongestFile));
    IdHandler handler;
    const bool whole = json::sax_parse(text, &handler);
    if (handler.too_deep) {
      return fail(ErrorCode::limit,
                  "expected JSON nested at most " + std::to_string(kDeepestJson) + " deep, found more", file.string());
    }
    if (!whole || handler.largest < 0) {
      return fail(ErrorCode::format, "expected a tokenizer with a vocabulary as JSON, found none", file.string());
    }
    return handler.largest + 1;
  }
  if (const fs::path file = folder / "vocab.txt"; fs::exists(file, failure)) {
    PELLUCID_TRY(const std::string text, read_file(file, kLongestFile));
    const auto lines = std::count(text.begin(), text.end(), '\n');
    return lines + (!text.empty() && text.back() != '\n' ? 1 : 0);
  }
  return fail(ErrorCode::not_found, "expected tokenizer.json or vocab.txt, found neither", folder.string());
}

}  // namespace pellucid
