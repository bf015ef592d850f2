#include "text/split_behavior.h"

#include "error/listed.h"

namespace pellucid {
namespace {

using Span = PreTokens::Span;

struct Part {
  Span span;
  bool match;
};

constexpr std::pair<const char*, SplitBehavior> kNames[] = {{"Removed", SplitBehavior::removed},
                                                            {"Isolated", SplitBehavior::isolated},
                                                            {"MergedWithPrevious", SplitBehavior::merged_with_previous},
                                                            {"MergedWithNext", SplitBehavior::merged_with_next},
                                                            {"Contiguous", SplitBehavior::contiguous}};

// The matches within `whole` and what lies between them.
std::vector<Part> parts_of(const Characters& characters, Span whole, const Pattern& pattern, bool invert) {
  std::vector<Part> parts;
  const std::span<const Character> text = std::span(characters).subspan(whole.begin, whole.end - whole.begin);
  std::size_t rest = 0;  // where what did not match yet begins
  const auto add = [&](std::size_t begin, std::size_t end, bool match) {
    if (begin < end) parts.push_back({{whole.begin + begin, whole.begin + end}, match != invert});
  };
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = pattern(text, at);
    if (size == 0) {
      ++at;
      continue;
    }
    add(rest, at, false);
    add(at, at + size, true);
    at += size;
    rest = at;
  }
  add(rest, text.size(), false);
  return parts;
}

// Whether part i goes on with the pre-token of the part before it.
bool joins(const std::vector<Part>& parts, std::size_t i, SplitBehavior behavior) {
  const bool match = parts[i].match;
  const bool after_match = parts[i - 1].match;
  switch (behavior) {
    case SplitBehavior::merged_with_previous: return match && !after_match;
    case SplitBehavior::merged_with_next: return !match && after_match;
    case SplitBehavior::contiguous: return match == after_match;
    case SplitBehavior::removed:
    case SplitBehavior::isolated: break;
  }
  return false;
}

}  // namespace

Result<SplitBehavior> split_behavior_from_name(const std::string& name, const std::string& where) {
  for (const auto& [known, behavior] : kNames) {
    if (name == known) return behavior;
  }
  return fail(ErrorCode::unsupported,
              "expected a behavior that is one of " + listed(kNames, [](const auto& known) { return known.first; }) +
                  "; found " + name,
              where);
}

void split_at(PreTokens& tokens, const Pattern& pattern, SplitBehavior behavior, bool invert) {
  std::vector<Span> spans;
  for (const Span& whole : tokens.spans) {
    const std::vector<Part> parts = parts_of(tokens.characters, whole, pattern, invert);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (behavior == SplitBehavior::removed && parts[i].match) continue;
      if (i > 0 && joins(parts, i, behavior)) {
        spans.back().end = parts[i].span.end;
      } else {
        spans.push_back(parts[i].span);
      }
    }
  }
  tokens.spans = std::move(spans);
}

Pattern one_of(std::function<bool(char32_t)> holds) {
  return [holds = std::move(holds)](std::span<const Character> text, std::size_t at) -> std::size_t {
    return holds(text[at].value) ? 1 : 0;
  };
}

}  // namespace pellucid
