#include "evaluate/comparison_part.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "files/atomic_file.h"
#include "files/folder.h"
#include "files/json.h"
#include "files/mapped_file.h"
#include "files/sha256.h"

namespace pellucid {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr const char* kSchema = "pellucid.comparison-part/1";

void append(Values& all, const Values& more) {
  all.resize(more.size());
  for (std::size_t m = 0; m < all.size(); ++m) all[m].insert(all[m].end(), more[m].begin(), more[m].end());
}

ordered_json json_of(const ComparisonPart::OfMethod& method) {
  ordered_json curves = ordered_json::array();
  for (const TextCurves& text : method.curves) {
    curves.push_back({{"deletion", text.deletion}, {"insertion", text.insertion}});
  }
  return {
      {"seconds", method.seconds}, {"forward_equivalents", method.forward_equivalents}, {"curves", std::move(curves)}};
}

ordered_json json_of(const ComparisonPart::OfMeasure& measure) {
  ordered_json parts = ordered_json::array();
  for (const auto& [name, values] : measure.found.parts) parts.push_back({{"name", name}, {"values", values}});
  return {{"seconds", measure.seconds}, {"values", measure.found.values}, {"parts", std::move(parts)}};
}

void read(const ordered_json& json, ComparisonPart::OfMethod& method) {
  json.at("seconds").get_to(method.seconds);
  json.at("forward_equivalents").get_to(method.forward_equivalents);
  for (const ordered_json& one : json.at("curves")) {
    TextCurves& text = method.curves.emplace_back();
    one.at("deletion").get_to(text.deletion);
    one.at("insertion").get_to(text.insertion);
  }
}

void read(const ordered_json& json, ComparisonPart::OfMeasure& measure) {
  json.at("seconds").get_to(measure.seconds);
  json.at("values").get_to(measure.found.values);
  for (const ordered_json& one : json.at("parts")) {
    measure.found.parts.emplace_back(one.at("name").get<std::string>(), one.at("values").get<Values>());
  }
}

bool has_shape(const Values& values, std::size_t methods, std::size_t texts) {
  return values.size() == methods && std::ranges::all_of(values, [&](const auto& own) { return own.size() == texts; });
}

bool has_shape(const ComparisonPart& part, std::size_t methods, std::size_t measures, std::size_t texts) {
  const auto of_method = [&](const ComparisonPart::OfMethod& own) { return own.curves.size() == texts; };
  const auto of_measure = [&](const ComparisonPart::OfMeasure& own) {
    return has_shape(own.found.values, methods, texts) &&
           std::ranges::all_of(own.found.parts, [&](const auto& one) { return has_shape(one.second, methods, texts); });
  };
  return part.methods.size() == methods && part.measures.size() == measures &&
         std::ranges::all_of(part.methods, of_method) && std::ranges::all_of(part.measures, of_measure);
}

}  // namespace

void append(ComparisonPart& all, const ComparisonPart& more) {
  all.methods.resize(more.methods.size());
  for (std::size_t m = 0; m < more.methods.size(); ++m) {
    ComparisonPart::OfMethod& own = all.methods[m];
    own.curves.insert(own.curves.end(), more.methods[m].curves.begin(), more.methods[m].curves.end());
    own.seconds += more.methods[m].seconds;
    own.forward_equivalents += more.methods[m].forward_equivalents;
  }
  all.measures.resize(more.measures.size());
  for (std::size_t k = 0; k < more.measures.size(); ++k) {
    const Measured& found = more.measures[k].found;
    Measured& own = all.measures[k].found;
    append(own.values, found.values);
    own.parts.resize(found.parts.size());
    for (std::size_t p = 0; p < found.parts.size(); ++p) {
      own.parts[p].first = found.parts[p].first;
      append(own.parts[p].second, found.parts[p].second);
    }
    all.measures[k].seconds += more.measures[k].seconds;
  }
}

Result<KeptParts> KeptParts::open(const fs::path& folder, std::string fingerprint) {
  PELLUCID_CHECK(make_folder(folder));
  return KeptParts(folder, std::move(fingerprint));
}

fs::path KeptParts::file_of(std::size_t number) const {
  char name[64];
  std::snprintf(name, sizeof name, "part-%05zu-%s.json", number, name_digits(fingerprint_).c_str());
  return folder_ / name;
}

bool KeptParts::has(std::size_t number) const {
  std::error_code ignored;
  return fs::exists(file_of(number), ignored);
}

Result<std::optional<ComparisonPart>> KeptParts::load(std::size_t number, std::size_t methods, std::size_t measures,
                                                      std::size_t texts) const {
  if (!has(number)) return std::optional<ComparisonPart>();
  const fs::path file = file_of(number);
  const auto damaged = [&](const std::string& found) {
    return fail(ErrorCode::format,
                "expected a part of an evaluation of " + std::to_string(methods) + " methods, " +
                    std::to_string(measures) + " measures and " + std::to_string(texts) + " texts, found " + found +
                    "; remove this file to measure the part again",
                file.string());
  };
  PELLUCID_TRY(const std::string text, read_file(file));
  const auto json = parse_json<ordered_json>(text);
  if (json.is_discarded()) return damaged("no JSON");
  ComparisonPart part;
  try {
    if (json.at("schema") != kSchema || json.at("fingerprint") != fingerprint_) return damaged("another file");
    for (const ordered_json& one : json.at("methods")) read(one, part.methods.emplace_back());
    for (const ordered_json& one : json.at("measures")) read(one, part.measures.emplace_back());
  } catch (const ordered_json::exception& problem) {
    return damaged("something else (" + reason_of(problem) + ")");
  }
  if (!has_shape(part, methods, measures, texts)) return damaged("other numbers of them");
  return std::optional(std::move(part));
}

Result<void> KeptParts::save(std::size_t number, const ComparisonPart& part) const {
  ordered_json methods = ordered_json::array();
  for (const ComparisonPart::OfMethod& method : part.methods) methods.push_back(json_of(method));
  ordered_json measures = ordered_json::array();
  for (const ComparisonPart::OfMeasure& measure : part.measures) measures.push_back(json_of(measure));
  const ordered_json json = {{"schema", kSchema},
                             {"fingerprint", fingerprint_},
                             {"methods", std::move(methods)},
                             {"measures", std::move(measures)}};
  return write_file(file_of(number), json.dump() + "\n");
}

}  // namespace pellucid
