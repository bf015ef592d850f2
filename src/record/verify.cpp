#include "record/verify.h"

#include <algorithm>
#include <set>
#include <utility>

#include "files/json.h"
#include "files/sha256.h"

namespace pellucid {
namespace {

using nlohmann::json;

// What a body says of itself that the rest of the log must agree with.
struct Claims {
  std::int64_t number = 0;
  std::string content_sha256;
  std::vector<std::pair<std::int64_t, std::int64_t>> erased;  // of a pruning: first and last numbers
};

std::optional<Claims> claims_of(const std::string& body) {
  const json entry = parse_json(body);
  if (!entry.is_object()) return std::nullopt;
  try {
    Claims claims{
        .number = whole_number(entry.at("number")), .content_sha256 = entry.at("content_sha256"), .erased = {}};
    if (entry.at("kind") == "pruning") {
      for (const json& range : entry.at("erased"))
        claims.erased.emplace_back(whole_number(range.at(0)), whole_number(range.at(1)));
    }
    return claims;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

class Walk {
 public:
  // The head of a log without entries is in every log.
  explicit Walk(const std::optional<std::string>& anchor) : anchor_(anchor), anchored_(anchor == Head{}.hash) {}

  void visit(const Entry& entry) {
    const std::string name = "entry " + std::to_string(entry.number);
    ++found_.entries;
    if (entry.number > found_.head.number + 1) {
      const std::int64_t first = found_.head.number + 1;
      problem(first == entry.number - 1
                  ? "entry " + std::to_string(first) + ": is missing"
                  : "entries " + std::to_string(first) + " to " + std::to_string(entry.number - 1) + ": are missing");
    }
    const std::optional<Claims> claims = claims_of(entry.body);
    if (!claims) {
      problem(name + ": was changed: it is no entry of a decision log");
    } else if (claims->number != entry.number) {
      problem(name + ": was moved: it was written as entry " + std::to_string(claims->number));
    }
    if (chained(found_.head.hash, entry.body) != entry.hash) {
      problem(name +
              ": does not follow from the entry before: it was changed, or entries before it were removed, "
              "inserted or moved");
    }
    if (claims) {
      if (!entry.content) {
        absent_.insert(entry.number);
      } else if (sha256(*entry.content) != claims->content_sha256) {
        problem(name + ": its content was changed");
      }
      for (const auto& range : claims->erased) pruned_.push_back(range);
    }
    found_.head = {entry.number, entry.hash};
    if (anchor_ && *anchor_ == entry.hash) anchored_ = true;
  }

  Verification finish() {
    std::ranges::sort(pruned_);
    auto range = pruned_.begin();
    std::int64_t reached = 0;  // the furthest end of those that begin before or at the number
    for (const std::int64_t number : absent_) {
      for (; range != pruned_.end() && range->first <= number; ++range) reached = std::max(reached, range->second);
      const bool recorded = number <= reached;
      found_.erased += recorded;
      if (!recorded) problem("entry " + std::to_string(number) + ": its content was erased, and no pruning says so");
    }
    if (anchor_ && !anchored_) {
      problem("the head " + *anchor_ +
              " is no longer in the log: entries at its end were removed, or it was written anew");
    }
    return std::move(found_);
  }

 private:
  void problem(std::string what) { found_.problems.push_back(std::move(what)); }

  const std::optional<std::string>& anchor_;
  bool anchored_;
  Verification found_;
  std::set<std::int64_t> absent_;  // numbers of entries without content
  std::vector<std::pair<std::int64_t, std::int64_t>> pruned_;
};

}  // namespace

Result<Verification> verify(DecisionLog& log, const std::optional<std::string>& anchor) {
  Walk walk(anchor);
  PELLUCID_CHECK(log.for_each([&](const Entry& entry) -> Result<void> {
    walk.visit(entry);
    return {};
  }));
  PELLUCID_TRY(const std::string damage, log.damage());
  Verification found = walk.finish();
  if (!damage.empty()) found.problems.push_back("the file is damaged: " + damage);
  return found;
}

}  // namespace pellucid
