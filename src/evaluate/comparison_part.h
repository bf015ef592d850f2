// A part of a comparison of methods: what was found for some of its texts. Parts of the same methods and measures add
// up to that of all their texts, and are kept in a folder, so that what was stopped goes on, and several processes
// share the work.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "error/error.h"
#include "evaluate/curves.h"
#include "evaluate/measure.h"

namespace pellucid {

struct ComparisonPart {
  struct OfMethod {
    std::vector<TextCurves> curves;               // [n]
    double seconds = 0, forward_equivalents = 0;  // of explaining all texts
  };
  struct OfMeasure {
    Measured found;  // [m][n]
    double seconds = 0;
  };
  std::vector<OfMethod> methods;    // [m]
  std::vector<OfMeasure> measures;  // [k]
};

// `more` is of the texts after those of `all`; an empty `all` becomes it.
void append(ComparisonPart& all, const ComparisonPart& more);

// Files part-<number>-<fingerprint>.json: one folder may have parts of several comparisons.
class KeptParts {
 public:
  // `fingerprint`, 64 hexadecimal digits, is of all that decides what the parts hold. Makes the folder.
  static Result<KeptParts> open(const std::filesystem::path& folder, std::string fingerprint);

  bool has(std::size_t number) const;
  // nullopt where it is not there; an error where it is damaged, or of other numbers than these.
  Result<std::optional<ComparisonPart>> load(std::size_t number, std::size_t methods, std::size_t measures,
                                             std::size_t texts) const;
  Result<void> save(std::size_t number, const ComparisonPart& part) const;

 private:
  KeptParts(std::filesystem::path folder, std::string fingerprint)
      : folder_(std::move(folder)), fingerprint_(std::move(fingerprint)) {}
  std::filesystem::path file_of(std::size_t number) const;

  std::filesystem::path folder_;
  std::string fingerprint_;
};

}  // namespace pellucid
