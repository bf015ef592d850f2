// From an attribution of a tiny model to an explanation, and to JSON.
#include "report/explanation.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sample.h"
#include "tiny_model.h"
#include "version/version.h"

namespace pellucid {
namespace {

using nlohmann::json;

class Explained : public ::testing::Test {
 protected:
  Explained() {
    write_tiny_model(folder_ / "model", Adjust::top);
    classifier_ = unwrap(load_classifier((folder_ / "model").string(), {}));
  }

  Explanation explain(const std::string& text, Unit unit = Unit::word, Target target = {},
                      std::string_view name = kDefaultMethod, std::size_t max_length = 0) const {
    const Method* method = unwrap(find_method(name));
    const Encoding encoding = classifier_->tokenizer().encode(text, max_length);
    const Units units = units_of(text, encoding, unit);
    const std::vector<Input> inputs = {{&encoding, &units, target}};
    return make_explanation("id", text, encoding, unwrap(method->explain(*classifier_, inputs, {})).front(), *method,
                            unit, *classifier_);
  }

  TemporaryFolder folder_;
  std::unique_ptr<Classifier> classifier_;
};

// Nothing says that a word speaks for a class, or against it, where its score does not.
TEST_F(Explained, ScoresWithoutSignsAreWeights) {
  const Explanation e = explain("the bank and the film", Unit::word, {}, "attention");
  EXPECT_EQ(json::parse(to_json(e))["has_signs"], false);
  const std::string page = to_html({&e, 1}, "t");
  EXPECT_NE(page.find("<mark class=\"weight\""), std::string::npos);
  EXPECT_EQ(page.find("<mark class=\"for\""), std::string::npos);
  for (const std::string& picture : {page, to_svg(e), to_terminal(e, {.colour = false})}) {
    EXPECT_EQ(picture.find("for " + e.target), std::string::npos) << picture;
    EXPECT_NE(picture.find("how much, not for which class"), std::string::npos) << picture;
  }
  EXPECT_EQ(to_terminal(e, {.colour = false}).find("[+]"), std::string::npos);
  EXPECT_EQ(json::parse(to_json(explain("the bank")))["has_signs"], true);
}

double sum_of(const Explanation& e) {
  double sum = 0;
  for (const ExplainedUnit& unit : e.units) sum += unit.score;
  return sum;
}

TEST_F(Explained, SaysWhatTheModelDid) {
  const Explanation e = explain("the bank and the film");
  EXPECT_EQ(e.classes, tiny_labels().names());
  ASSERT_EQ(e.logits.size(), 3U);
  const std::size_t label = std::ranges::max_element(e.logits) - e.logits.begin();
  EXPECT_EQ(e.label, e.classes[label]);
  EXPECT_EQ(e.target, e.label);
  EXPECT_FALSE(e.against.has_value());
  EXPECT_NEAR(e.probabilities[0] + e.probabilities[1] + e.probabilities[2], 1, 1e-12);
  EXPECT_NEAR(e.probabilities[0] / e.probabilities[1], std::exp(e.logits[0] - e.logits[1]), 1e-6);
  EXPECT_NEAR(e.explained, e.logits[label] - (e.logits[0] + e.logits[1] + e.logits[2]) / 3, 1e-6);
  EXPECT_EQ(e.weights_sha256, classifier_->weights_sha256());
  EXPECT_EQ(e.version, version());
  EXPECT_EQ(e.precision, "fp32");
  EXPECT_EQ(e.forward_equivalents, 2);
}

TEST_F(Explained, ScoresBiasAndResidualSumToTheExplainedInEveryUnit) {
  const std::string text = "The bank lost. It won again!  The film was good?";
  for (const Unit unit : {Unit::piece, Unit::word, Unit::sentence}) {
    for (const char* method : {"decomposition", "gradient-x-input"}) {
      const Explanation e = explain(text, unit, {}, method);
      EXPECT_NEAR(sum_of(e) + e.bias + e.residual, e.explained, 1e-9) << name_of(unit) << " " << method;
    }
  }
  EXPECT_EQ(explain(text, Unit::sentence).units.size(), 3U);
  EXPECT_LT(std::abs(explain(text).residual), 1e-4);
}

TEST_F(Explained, OneClassRatherThanAnother) {
  const Explanation e = explain("the bank and the film", Unit::word, {0, 2});
  EXPECT_EQ(e.target, "film");
  EXPECT_EQ(e.against, "match");
  EXPECT_NEAR(e.explained, e.logits[0] - e.logits[2], 1e-6);
  EXPECT_EQ(json::parse(to_json(e))["against"], "match");
}

TEST_F(Explained, OffsetsAreBytesOfTheText) {
  const std::string text = "Café — the bank\r\n株 lost";
  std::size_t last = 0;
  std::vector<std::string> words;
  for (const ExplainedUnit& unit : explain(text).units) {
    ASSERT_LE(last, unit.range.begin);
    ASSERT_LE(unit.range.end, text.size());
    words.push_back(text.substr(unit.range.begin, unit.range.end - unit.range.begin));
    last = unit.range.end;
  }
  EXPECT_EQ(words, (std::vector<std::string>{"Café", "—", "the", "bank", "株", "lost"}));
}

TEST_F(Explained, EmptyTextHasNoUnits) {
  const Explanation e = explain("");
  EXPECT_TRUE(e.units.empty());
  EXPECT_NEAR(e.bias + e.residual, e.explained, 1e-9);
  EXPECT_EQ(json::parse(to_json(e))["units"], json::array());
}

TEST_F(Explained, CutTextsSaySo) {
  const Explanation e = explain("the bank and the film and the match", Unit::word, {}, kDefaultMethod, 5);
  EXPECT_GT(e.dropped_pieces, 0U);
  EXPECT_EQ(json::parse(to_json(e))["truncated_pieces"], e.dropped_pieces);
}

TEST(ExplanationJson, HasTheMembersOfItsSchema) {
  Explanation e = sample("up and away");
  e.gold = "film";
  const std::string line = to_json(e);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_TRUE(line.starts_with(R"({"schema":"pellucid.explanation/1","id":"7","text":"up and away","label":"match")"));
  const json object = json::parse(line);
  EXPECT_EQ(object["gold"], "film");
  EXPECT_EQ(object["probability"], json({{"film", 0.1}, {"market", 0.15}, {"match", 0.75}}));
  EXPECT_EQ(object["logit"], json({{"film", -1.0}, {"market", -0.6}, {"match", 1.0}}));
  EXPECT_EQ(object["method"], "decomposition");
  EXPECT_EQ(object["target"], "match");
  EXPECT_TRUE(object["against"].is_null());
  EXPECT_EQ(object["unit"], "word");
  EXPECT_EQ(object["units"][1], json({{"begin", 3}, {"end", 6}, {"score", -0.5}}));
  EXPECT_EQ(object["units"].size(), 3U);
  EXPECT_EQ(object["model"]["sha256"], e.weights_sha256);
  EXPECT_EQ(object["tool"]["version"], "0.1.0");
  EXPECT_EQ(object["cost"], json({{"seconds", 0.5}, {"forward_equivalents", 2.0}}));
  EXPECT_EQ(object["special"], 0.125);
  EXPECT_EQ(object["complete"], true);
}

TEST(ExplanationJson, NumbersKeepEveryBit) {
  Explanation e = sample("one");
  e.units[0].score = 0.1 + 0.2;
  e.bias = 1.0 / 3;
  e.residual = 5e-324;
  e.logits[0] = static_cast<double>(0.1F);
  const json object = json::parse(to_json(e));
  EXPECT_EQ(object["units"][0]["score"].get<double>(), 0.1 + 0.2);
  EXPECT_EQ(object["bias"].get<double>(), 1.0 / 3);
  EXPECT_EQ(object["residual"].get<double>(), 5e-324);
  EXPECT_EQ(object["logit"]["film"].get<double>(), static_cast<double>(0.1F));
}

TEST(ExplanationJson, AnyTextIsValidJson) {
  const std::string text = std::string("a\0b", 3) + "\"\\\n\xff\xC3 </script>\u202E";
  const json object = json::parse(to_json(sample(text)));
  EXPECT_EQ(object["text"], std::string("a\0b", 3) + "\"\\\n\uFFFD\uFFFD </script>\u202E");
  EXPECT_EQ(object["units"][1]["begin"], text.find("</script>"));  // bytes of the original
}

TEST(ExplanationQuality, IsInEveryForm) {
  Explanation e = sample("up and away");
  EXPECT_FALSE(nlohmann::json::parse(to_json(e)).contains("quality"));
  EXPECT_EQ(to_terminal(e, {.colour = false}).find("quality"), std::string::npos);
  e.quality = Quality{.comprehensiveness = 0.5,
                      .sufficiency = 0.125,
                      .random_percentile = 85,
                      .completeness_error = {},
                      .agreement = -0.25,
                      .verdict = Verdict::weak};
  const nlohmann::json object = nlohmann::json::parse(to_json(e));
  EXPECT_EQ(object["quality"]["verdict"], "weak");
  EXPECT_EQ(object["quality"]["comprehensiveness"], 0.5);
  EXPECT_EQ(object["quality"]["random_percentile"], 85.0);
  EXPECT_TRUE(object["quality"]["completeness_error"].is_null());
  const std::string out = to_terminal(e, {.colour = false, .width = 60});
  EXPECT_NE(out.find("quality: weak\n  comprehensiveness 0.500, sufficiency 0.125\n"), std::string::npos) << out;
  EXPECT_NE(out.find("agreement with other methods -0.25"), std::string::npos) << out;
  EXPECT_NE(to_html(std::vector{e}, "t").find("<strong class=\"verdict weak\">weak</strong>"), std::string::npos);
}

}  // namespace
}  // namespace pellucid
