#include "study/test_texts.h"

#include "files/sha256.h"

namespace pellucid::study {
namespace {

Moved moved_of(const std::string& level) {
  return level == "sentence" ? Moved::sentence : level == "window" ? Moved::window : Moved::word;
}

ChangedText change(const StudyPlan& plan, std::size_t group, double value, const std::string& text, SplitMix64 random) {
  if (plan.kind->name == "shuffle") return shuffled(text, moved_of(plan.groups[group]), value, random);
  if (plan.kind->name == "typos") return misspelt(text, value, random);
  if (plan.kind->name == "truncation") return truncated(text, value);
  return unchanged(text);
}

}  // namespace

bool same_text(const TestTexts& one, const TestTexts& other, std::size_t i) {
  return one.examples[i].text == other.examples[i].text && one.changes[i].segments == other.changes[i].segments;
}

TestTexts test_texts_of(const StudyPlan& plan, std::size_t group, std::size_t value,
                        const std::vector<Example>& texts) {
  TestTexts found;
  std::string all;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    ChangedText one = change(plan, group, plan.values[value].number, texts[i].text, SplitMix64(plan.seed(), i));
    found.changed += one.text != texts[i].text ? 1 : 0;
    all += one.text + '\0';
    for (const Segment& segment : one.segments) {
      all += std::to_string(segment.now.begin) + ' ' + std::to_string(segment.before.begin) + '\n';
    }
    found.examples.push_back({.id = texts[i].id, .text = one.text});
    found.changes.push_back(std::move(one));
  }
  found.sha256 = sha256(all);
  return found;
}

}  // namespace pellucid::study
