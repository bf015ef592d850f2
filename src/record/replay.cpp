#include "record/replay.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "files/sha256.h"
#include "report/explain_texts.h"

namespace pellucid {
namespace {

constexpr std::size_t kBatchTokens = 4096;

std::string number(double value) {
  return nlohmann::json(value).dump();
}

class Comparison {
 public:
  Comparison(Replay& replay, const Explanation& recorded) : replay_(replay) {
    if (replay.same_build) return;  // to the last bit
    double scale = 1;
    for (const double logit : recorded.logits) scale = std::max(scale, std::abs(logit));
    double sum = 0;
    for (const ExplainedUnit& unit : recorded.units) sum += std::abs(unit.score);
    allowed_ = kReplayTolerance * std::max(scale, sum);
  }

  void same(const std::string& what, const std::string& recorded, const std::string& now) {
    if (recorded != now) differs(what + ": recorded " + recorded + ", now " + now);
  }
  void close(const std::string& what, double recorded, double now) {
    const double difference = std::abs(recorded - now);
    if (recorded == now || (std::isnan(recorded) && std::isnan(now))) return;
    replay_.largest_difference = std::max(replay_.largest_difference, difference);
    if (!(difference <= allowed_)) differs(what + ": recorded " + number(recorded) + ", now " + number(now));
  }

 private:
  void differs(std::string what) {
    replay_.repeated = false;
    replay_.differences.push_back(std::move(what));
  }
  Replay& replay_;
  double allowed_ = 0;
};

// Differences of the surroundings explain a difference; they are none themselves.
void compare_surroundings(const Decision& decision, const ModelIdentity& model, const Build& build, Replay& replay) {
  std::set<std::string> names;
  for (const auto& [name, hash] : decision.model.files) names.insert(name);
  for (const auto& [name, hash] : model.files) names.insert(name);
  for (const std::string& name : names) {
    const auto recorded = decision.model.files.find(name);
    const auto now = model.files.find(name);
    if (recorded == decision.model.files.end()) {
      replay.differences.push_back("model: " + name + " was not recorded");
    } else if (now == model.files.end()) {
      replay.differences.push_back("model: " + name + " is gone");
    } else if (recorded->second != now->second) {
      replay.differences.push_back("model: " + name + " is another file: recorded SHA-256 " + recorded->second +
                                   ", now " + now->second);
    }
  }
  if (decision.build.version != build.version) {
    replay.differences.push_back("pellucid: recorded " + decision.build.version + ", now " + build.version);
  } else if (decision.build.program != build.program) {
    replay.differences.emplace_back("pellucid: another build of the same version");
  }
  if (decision.build.platform != build.platform) {
    replay.differences.push_back("platform: recorded " + decision.build.platform + ", now " + build.platform);
  }
  replay.same_build = decision.build.program == build.program && decision.build.platform == build.platform;
}

void compare_results(const Explanation& recorded, const Explanation& now, bool explained, Comparison compare) {
  compare.same("label", recorded.label, now.label);
  for (std::size_t c = 0; c < std::min(recorded.logits.size(), now.logits.size()); ++c) {
    compare.close("logit of " + recorded.classes[c], recorded.logits[c], now.logits[c]);
  }
  if (!explained) return;
  compare.same("target", recorded.target, now.target);
  compare.same("number of units", std::to_string(recorded.units.size()), std::to_string(now.units.size()));
  for (std::size_t u = 0; u < std::min(recorded.units.size(), now.units.size()); ++u) {
    const auto& [range, score] = recorded.units[u];
    const std::string bytes = "bytes " + std::to_string(range.begin) + " to " + std::to_string(range.end);
    if (range != now.units[u].range) {
      compare.same("unit " + std::to_string(u + 1), bytes, "others");
      return;
    }
    compare.close("score of " + bytes, score, now.units[u].score);
  }
  compare.close("explained", recorded.explained, now.explained);
  compare.close("bias", recorded.bias, now.bias);
  compare.close("special", recorded.special, now.special);
  compare.close("residual", recorded.residual, now.residual);
}

}  // namespace

Result<Replay> replay(const Decision& decision, Classifier& classifier, const ModelIdentity& model, const Build& build,
                      const std::optional<std::string>& text) {
  const std::string where = "entry " + std::to_string(decision.number);
  if (!decision.text && !text) {
    return fail(ErrorCode::usage, "expected the text, which the log does not hold; give it with --text", where);
  }
  const std::string& used = decision.text ? *decision.text : *text;
  Replay replay{.repeated = true};
  compare_surroundings(decision, model, build, replay);
  Comparison compare(replay, decision.result);
  if (decision.text_sha256) compare.same("text, SHA-256", *decision.text_sha256, sha256(used));
  if (decision.result.classes != classifier.labels().names()) {
    return fail(ErrorCode::usage, "expected a model with the recorded labels, found others", where);
  }
  Explanation now;
  if (decision.explained) {
    PELLUCID_TRY(const ExplainRequest request, resolve(decision.options, classifier.labels()));
    const Example example{.id = decision.result.id, .text = used};
    PELLUCID_TRY(std::vector<Explanation> again, explain_texts(classifier, request, {&example, 1}));
    now = std::move(again.front());
  } else {
    const Encoding encoding = encode(classifier, used, decision.options.long_texts == "window");
    PELLUCID_TRY(const auto again, predict_texts(classifier, {&decision.result.id, 1}, {&encoding, 1}, kBatchTokens));
    now.label = again.front().label;
    now.logits = again.front().logits;
  }
  compare_results(decision.result, now, decision.explained, compare);
  return replay;
}

}  // namespace pellucid
