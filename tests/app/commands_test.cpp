// pellucid predict, explain and evaluate on tiny models: what users get.
#include <gtest/gtest.h>

#include <numeric>
#include <set>

#include "attribution/method.h"
#include "evaluate/measure.h"
#include "program.h"
#include "tiny_model.h"

namespace pellucid {
namespace {

using nlohmann::json;

class Commands : public ::testing::Test {
 protected:
  void SetUp() override {
    write_tiny_model(folder_ / "model", Adjust::top);
    model_ = (folder_ / "model").string();
    plain_ = (kFixtures / "tiny-bert-classifier").string();
    csv_ = folder_.write("texts.csv", kCsv).string();
  }
  Finished run(std::vector<std::string> arguments, const std::string& input = "") {
    return pellucid::run(folder_, std::move(arguments), input);
  }

  static constexpr const char* kCsv =
      "id,text,label\n"
      "a,\"The film is good, very good.\",film\n"
      "b,oil price rise,market\n"
      "c,\"the team won a match, the \"\"season\"\" goal\",match\n"
      "d,,film\n";

  TemporaryFolder folder_;
  std::string model_, plain_, csv_;
};

TEST_F(Commands, PredictGivesALinePerText) {
  const Finished done = run({"predict", model_, csv_, "--quiet"});
  ASSERT_EQ(done.status, 0) << done.err;
  const std::vector<json> lines = json_lines(done.out);
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[1]["id"], "b");
  EXPECT_EQ(lines[1]["schema"], "pellucid.prediction/1");
  for (const json& line : lines) {
    double sum = 0;
    double best = 0;
    for (const auto& [label, p] : line["probability"].items()) {
      sum += p.get<double>();
      best = std::max(best, p.get<double>());
    }
    EXPECT_NEAR(sum, 1, 1e-12);
    EXPECT_EQ(line["probability"][line["label"].get<std::string>()], best);
    EXPECT_GE(line["margin"], 0);
  }
}

TEST_F(Commands, PredictReadsStdinAndWritesWholeFiles) {
  const std::string texts = "The film is good.\n\noil price\n";
  const Finished piped = run({"predict", model_, "-", "--format", "text", "--precision", "fp32"}, texts);
  ASSERT_EQ(piped.status, 0) << piped.err;
  EXPECT_EQ(json_lines(piped.out).size(), 2u);
  const std::string file = folder_.write("texts.txt", texts).string();
  const Finished done =
      run({"predict", model_, file, "--precision", "fp32", "--json", (folder_ / "labels.jsonl").string()});
  ASSERT_EQ(done.status, 0) << done.err;
  EXPECT_EQ(done.out, "");
  EXPECT_EQ(folder_.read("labels.jsonl"), piped.out);
}

TEST_F(Commands, PredictionsDoNotDependOnCompanyThreadsOrRun) {
  std::string many;
  for (int i = 0; i < 64; ++i) many += (i % 3 == 0 ? "the film is good\n" : std::string(1 + i, 'a') + " bank price\n");
  const std::vector<std::string> options = {"predict", model_, "-", "--format", "text", "--precision", "fp32"};
  const auto with_threads = [&](const char* threads) {
    auto arguments = options;
    arguments.insert(arguments.end(), {"--threads", threads});
    return run(arguments, many);
  };
  const Finished two = with_threads("2");
  EXPECT_EQ(two.out, with_threads("2").out);
  const auto together = json_lines(two.out);
  const auto one_thread = json_lines(with_threads("1").out);
  const auto alone = json_lines(run(options, "the film is good\n").out);
  ASSERT_EQ(together.size(), 64u);
  for (const auto& [label, p] : alone[0]["probability"].items()) {
    EXPECT_NEAR(p.get<double>(), together[0]["probability"][label].get<double>(), 1e-5);
    EXPECT_NEAR(p.get<double>(), one_thread[0]["probability"][label].get<double>(), 1e-5);
  }
}

TEST_F(Commands, ShardsOneAfterAnotherAreTheWholeFile) {
  std::string many = "text\n";
  for (int i = 0; i < 2500; ++i) many += "the film " + std::string(1 + i % 7, 'a') + (i % 3 == 0 ? " is good\n" : "\n");
  const std::string file = folder_.write("many.csv", many).string();
  const auto run_shard = [&](std::vector<std::string> arguments, const std::string& shard) {
    arguments.insert(arguments.end(), {"--threads", "1", "--quiet"});
    if (!shard.empty()) arguments.insert(arguments.end(), {"--shard", shard});
    const Finished done = run(arguments);
    EXPECT_EQ(done.status, 0) << done.err;
    return done.out;
  };
  const std::vector<std::string> predict = {"predict", model_, file};
  const std::string whole = run_shard(predict, "");
  EXPECT_EQ(json_lines(whole).size(), 2500u);
  for (const int of : {2, 3, 5}) {  // three chunks of texts: of five shards two are empty
    std::string joined;
    for (int k = 1; k <= of; ++k) joined += run_shard(predict, std::to_string(k) + "/" + std::to_string(of));
    EXPECT_EQ(joined, whole) << of;
  }

  const auto without_seconds = [](const std::string& lines) {
    std::vector<json> found = json_lines(lines);
    for (json& line : found) line["cost"].erase("seconds");
    return found;
  };
  const std::vector<std::string> explain = {"explain", model_, file, "--limit", "150", "--method", "occlusion,random"};
  EXPECT_EQ(without_seconds(run_shard(explain, "1/2") + run_shard(explain, "2/2")),
            without_seconds(run_shard(explain, "")));

  const Finished wrong = run({"predict", model_, file, "--shard", "0/2"});
  EXPECT_EQ(wrong.status, 2);
  EXPECT_NE(wrong.err.find("--shard: expected K/N"), std::string::npos) << wrong.err;
  const Finished piped = run({"predict", model_, "-", "--format", "text", "--shard", "1/2"}, "the film\n");
  EXPECT_EQ(piped.status, 2);
  EXPECT_NE(piped.err.find("found stdin"), std::string::npos) << piped.err;
}

TEST_F(Commands, ExplanationsSumToWhatTheyExplain) {
  for (const Method& method : methods()) {
    const Finished done =
        run({"explain", model_, csv_, "--method", std::string(method.name), "--as", "jsonl", "--quiet"});
    ASSERT_EQ(done.status, 0) << method.name << ": " << done.err;
    for (const json& line : json_lines(done.out)) {
      EXPECT_EQ(line["schema"], "pellucid.explanation/1");
      EXPECT_EQ(line["method"], method.name);
      double sum = line["bias"].get<double>() + line["residual"].get<double>();
      for (const json& unit : line["units"]) sum += unit["score"].get<double>();
      EXPECT_NEAR(sum, line["explained"].get<double>(), 1e-9) << method.name;
      const double tolerance = method.name == "integrated-gradients" ? 0.02 : 1e-4;
      EXPECT_TRUE(!method.complete || std::abs(line["residual"].get<double>()) <= tolerance) << method.name;
      const std::string label = line["label"];
      double mean = 0;
      for (const auto& [name, logit] : line["logit"].items()) mean += logit.get<double>() / line["logit"].size();
      EXPECT_NEAR(line["explained"].get<double>(), line["logit"][label].get<double>() - mean, 1e-5);
    }
  }
}

TEST_F(Commands, AuditWritesWhatItFindsWithAndWithoutLabels) {
  const std::string page = (folder_ / "audit.html").string();
  const Finished done = run({"audit", model_, csv_, "--json", "-", "--html", page, "--quiet"});
  ASSERT_EQ(done.status, 0) << done.err;
  const json object = json::parse(done.out);
  EXPECT_EQ(object["schema"], "pellucid.audit/1");
  EXPECT_EQ(object["data"]["labelled"], 4);
  EXPECT_EQ(object["contested"]["methods"], json({"decomposition", "integrated-gradients", "occlusion"}));
  EXPECT_NE(folder_.read("audit.html").find("Likely label errors"), std::string::npos);
  const std::string plain = folder_.write("plain.txt", "The film is good.\noil price\n").string();
  const Finished unlabelled = run({"audit", plain_, plain, "--others", "none", "--quiet"});
  ASSERT_EQ(unlabelled.status, 0) << unlabelled.err;
  EXPECT_NE(unlabelled.out.find("Without labels"), std::string::npos) << unlabelled.out;
  EXPECT_EQ(run({"audit", model_, csv_, "--method", "guess"}).status, 2);
  const Finished twice =
      run({"audit", model_, csv_, "--others", "occlusion,occlusion,decomposition", "--json", "-", "--quiet"});
  ASSERT_EQ(twice.status, 0) << twice.err;
  EXPECT_EQ(json::parse(twice.out)["contested"]["methods"], json({"decomposition", "occlusion"}));
  const Finished unknown = run({"audit", model_, csv_, "--others", "guess"});
  EXPECT_EQ(unknown.status, 2);
  EXPECT_NE(unknown.err.find("--others: expected a method"), std::string::npos) << unknown.err;
  const Finished no_head = run({"audit", plain_, plain, "--others", "attention-attribution", "--quiet"});
  EXPECT_EQ(no_head.status, 1);
  EXPECT_NE(no_head.err.find("--others: expected a method that applies"), std::string::npos) << no_head.err;
  EXPECT_EQ(run({"audit", model_, "-", "--format", "text"}, "film").status, 2);
}

TEST_F(Commands, StepsAreExact) {
  for (const int steps : {1, 5, 50}) {
    const Finished done = run({"explain", model_, "--text", "oil price rise", "--as", "jsonl", "--method",
                               "integrated-gradients", "--steps", std::to_string(steps)});
    EXPECT_EQ(done.status, 0) << done.err;
    // A pass there and back each, the text's own and the baseline's.
    EXPECT_EQ(json_lines(done.out).at(0)["cost"]["forward_equivalents"], 2 + 2 * steps);
  }
}

TEST_F(Commands, ExplainTakesTargetsAndContrasts) {
  const auto explained = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments = {"explain", model_, "--text", "oil price rise", "--as", "jsonl"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Finished done = run(arguments);
    EXPECT_EQ(done.status, 0) << done.err;
    return json_lines(done.out);
  };
  const auto all = explained({"--target", "all"});
  ASSERT_EQ(all.size(), 3u);
  double sum = 0;
  for (const json& line : all) sum += line["explained"].get<double>();
  EXPECT_NEAR(sum, 0, 1e-5);
  const auto contrast = explained({"--target", "film", "--against", "match"});
  ASSERT_EQ(contrast.size(), 1u);
  EXPECT_EQ(contrast[0]["against"], "match");
  EXPECT_NEAR(contrast[0]["explained"].get<double>(),
              all[0]["explained"].get<double>() - all[2]["explained"].get<double>(), 1e-5);
  EXPECT_NEAR(contrast[0]["units"][1]["score"].get<double>(),
              all[0]["units"][1]["score"].get<double>() - all[2]["units"][1]["score"].get<double>(), 1e-5);
  EXPECT_EQ(all[0]["units"][1]["begin"], 4);
  EXPECT_EQ(all[0]["units"][1]["end"], 9);
}

TEST_F(Commands, ExplainHasFourForms) {
  const Finished html = run({"explain", model_, csv_, "--as", "html", "--quiet"});
  EXPECT_EQ(html.status, 0);
  EXPECT_NE(html.out.find("</html>"), std::string::npos);
  const Finished svg = run({"explain", model_, "--text", "the film is good", "--as", "svg"});
  EXPECT_EQ(svg.status, 0);
  EXPECT_NE(svg.out.find("</svg>"), std::string::npos);
  const Finished terminal = run({"explain", model_, "--text", "the film is good", "--as", "terminal"});
  EXPECT_EQ(terminal.status, 0);
  EXPECT_NE(terminal.out.find("film"), std::string::npos);
  EXPECT_EQ(terminal.out.find('\x1b'), std::string::npos) << "colours in a pipe";
  const Finished too_many = run({"explain", model_, csv_, "--as", "svg", "--output", (folder_ / "x.svg").string()});
  EXPECT_EQ(too_many.status, 1);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "x.svg"));
  const Finished none = run({"explain", model_, csv_, "--limit", "1", "--shard", "1/2", "--as", "svg"});
  EXPECT_EQ(none.status, 1);
  EXPECT_NE(none.err.find("found none"), std::string::npos) << none.err;
}

TEST_F(Commands, StdoutHasOneResult) {
  const Finished once = run({"explain", model_, csv_, "--json", "-", "--quiet"});
  ASSERT_EQ(once.status, 0) << once.err;
  EXPECT_EQ(json_lines(once.out).size(), 4U);
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"explain", model_, csv_, "--json", "-", "--as", "html"},
                                             {"evaluate", model_, csv_, "--json", "-", "--html", "-"},
                                             {"audit", model_, csv_, "--json", "-", "--html", "-"}}) {
    const Finished two = run(arguments);
    EXPECT_EQ(two.status, 2) << two.err;
    EXPECT_EQ(two.out, "");
    EXPECT_NE(two.err.find("expected one result on stdout, found two"), std::string::npos) << two.err;
  }
}

TEST_F(Commands, PlainHuggingFaceClassifiersWork) {
  const Finished done = run({"explain", plain_, "--text", "a good film", "--as", "jsonl"});
  ASSERT_EQ(done.status, 0) << done.err;
  EXPECT_LE(std::abs(json_lines(done.out)[0]["residual"].get<double>()), 1e-4);
  const Finished refused = run({"explain", plain_, "--text", "a", "--method", "attention-attribution"});
  EXPECT_EQ(refused.status, 1);
  EXPECT_NE(refused.err.find("a method that applies to this model: one of decomposition"), std::string::npos)
      << refused.err;
}

TEST_F(Commands, EvaluateMeasuresBothKinds) {
  const std::string file = (folder_ / "evaluation.json").string();
  const std::string page = (folder_ / "report.html").string();
  const Finished done =
      run({"evaluate", model_, csv_, "--faithfulness", "--methods", "all", "--json", file, "--html", page, "--quiet"});
  ASSERT_EQ(done.status, 0) << done.err;
  const json evaluation = json::parse(folder_.read("evaluation.json"));
  EXPECT_EQ(evaluation["schema"], "pellucid.evaluation/1");
  EXPECT_EQ(evaluation["data"]["n"], 4);
  EXPECT_EQ(evaluation["faithfulness"].size(), 3 * methods().size());
  for (const json& row : evaluation["faithfulness"]) {
    EXPECT_EQ(row["n"], 3) << "the empty text has nothing to remove";
    EXPECT_LE(row["interval"][0], row["value"]);
    EXPECT_GE(row["interval"][1], row["value"]);
  }
  const double accuracy = evaluation["classification"]["accuracy"];
  int right = 0;
  const char* gold[] = {"film", "market", "match", "film"};
  const auto predictions = json_lines(run({"predict", model_, csv_, "--quiet", "--precision", "fp32"}).out);
  for (int i = 0; i < 4; ++i) right += predictions[i]["label"] == gold[i];
  EXPECT_DOUBLE_EQ(accuracy, right / 4.0);
  EXPECT_NE(folder_.read("report.html").find("</html>"), std::string::npos);
  EXPECT_NE(done.out.find("accuracy"), std::string::npos);
}

TEST_F(Commands, EvaluateSharesPartsOut) {
  const std::string parts = (folder_ / "parts").string();
  std::vector<std::string> common = {"evaluate", model_, csv_, "--faithfulness"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), common.begin(), common.end());
    return run(more);
  };
  const auto figures = [&](const std::string& name) {
    json evaluation = json::parse(folder_.read(name));
    for (json& row : evaluation["faithfulness"]) row.erase("seconds_per_text");
    return evaluation["faithfulness"].dump() + evaluation["curves"].dump() + evaluation["classification"].dump();
  };
  ASSERT_EQ(with({"--json", (folder_ / "whole.json").string()}).status, 0);
  for (const char* shard : {"1/2", "2/2"}) {
    const Finished done = with({"--parts", parts, "--shard", shard});
    ASSERT_EQ(done.status, 0) << done.err;
    EXPECT_EQ(done.out, "") << "a part has no figures of its own";
    EXPECT_NE(done.err.find("shard " + std::string(shard) + " is in " + parts), std::string::npos) << done.err;
  }
  ASSERT_EQ(with({"--parts", parts, "--json", (folder_ / "joined.json").string()}).status, 0);
  EXPECT_EQ(figures("joined.json"), figures("whole.json"));

  const Finished alone = with({"--shard", "1/2"});
  EXPECT_EQ(alone.status, 2);
  EXPECT_NE(alone.err.find("--parts"), std::string::npos) << alone.err;
  const Finished idle = run({"evaluate", model_, csv_, "--parts", parts});
  EXPECT_EQ(idle.status, 2);
  EXPECT_NE(idle.err.find("--faithfulness"), std::string::npos) << idle.err;
}

TEST_F(Commands, EvaluateTakesMeasuresAndAnOrder) {
  const std::string file = (folder_ / "evaluation.json").string();
  const Finished done = run({"evaluate", model_, csv_, "--faithfulness", "--methods", "decomposition,decomposition",
                             "--measures", "all", "--sort-by", "loo-correlation", "--json", file, "--quiet"});
  ASSERT_EQ(done.status, 0) << done.err;
  const json evaluation = json::parse(folder_.read("evaluation.json"));
  ASSERT_EQ(evaluation["faithfulness"].size(), 2 * measures().size()) << "the control is always there";
  for (const Measure& measure : measures()) EXPECT_NE(done.out.find(measure.name), std::string::npos);
  EXPECT_NE(done.out.find("sorted by loo-correlation"), std::string::npos) << done.out;
  for (const json& row : evaluation["faithfulness"]) {
    EXPECT_EQ(row.contains("parts"), row["measure"] == "parameter-randomisation");
  }
  EXPECT_EQ(evaluation["curves"].size(), 2);
  const Finished unknown = run({"evaluate", model_, csv_, "--faithfulness", "--measures", "beauty"});
  EXPECT_EQ(unknown.status, 2);
  EXPECT_NE(unknown.err.find("sufficiency"), std::string::npos) << unknown.err;
  const Finished unsorted = run({"evaluate", model_, csv_, "--faithfulness", "--sort-by", "infidelity"});
  EXPECT_EQ(unsorted.status, 2);
  EXPECT_NE(unsorted.err.find("--sort-by"), std::string::npos) << unsorted.err;
}

TEST_F(Commands, ABaselineThatNothingStartsFromIsRefused) {
  const Finished finished = run({"explain", model_, csv_, "--method", "decomposition", "--baseline", "zero"});
  EXPECT_EQ(finished.status, 2);
  EXPECT_NE(finished.err.find("--baseline: expected integrated-gradients"), std::string::npos) << finished.err;
}

TEST_F(Commands, ANumberThatIsNoneIsRefused) {
  const Finished audit = run({"audit", model_, csv_, "--least-effect", "nan"});
  EXPECT_EQ(audit.status, 2);
  EXPECT_NE(audit.err.find("--least-effect: expected a finite number, found nan"), std::string::npos) << audit.err;
  EXPECT_EQ(run({"diff", model_, model_, csv_, "--max-changed", "inf"}).status, 2);
}

TEST_F(Commands, ResultsAreGatheredOnAPage) {
  const auto evaluate = [&](const std::string& name) {
    ASSERT_EQ(run({"evaluate", model_, csv_, "--json", (folder_ / name).string(), "--quiet"}).status, 0);
  };
  evaluate("First.json");
  evaluate("Second.json");
  const std::string page = (folder_ / "page.md").string();
  ASSERT_EQ(run({"results", (folder_ / "First.json").string(), "--out", page}).status, 0);
  ASSERT_EQ(run({"results", (folder_ / "Second.json").string(), "--out", page, "--keep"}).status, 0);
  const std::string kept = folder_.read("page.md");
  EXPECT_NE(kept.find("## First\n"), std::string::npos) << kept;
  EXPECT_NE(kept.find("## Second\n"), std::string::npos) << kept;
  EXPECT_NE(kept.find("    pellucid evaluate "), std::string::npos) << "the command that made it: " << kept;
  EXPECT_EQ(kept.find(folder_.path().string()), std::string::npos) << kept;
  EXPECT_EQ(run({"results", (folder_ / "First.json").string(), "--keep"}).status, 2) << "nothing to keep of stdout";
  const Finished twice = run({"results", (folder_ / "First.json").string(), (folder_ / "." / "First.json").string()});
  EXPECT_EQ(twice.status, 2);
  EXPECT_NE(twice.err.find("found two called \"First\""), std::string::npos) << twice.err;
}

TEST_F(Commands, EvaluateExplainsInAnotherPrecisionThanItPredicts) {
  const Finished nothing = run({"evaluate", model_, csv_, "--explain-precision", "fp32"});
  EXPECT_EQ(nothing.status, 2);
  EXPECT_NE(nothing.err.find("expected --faithfulness"), std::string::npos) << nothing.err;
  if (!cpu_has(Precision::int8)) GTEST_SKIP() << "int8 is not on this CPU";
  const auto evaluation = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"evaluate", model_,   csv_, "--faithfulness", "--precision",
                                          "int8",     "--json", "-",  "--quiet"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Finished done = run(arguments);
    EXPECT_EQ(done.status, 0) << done.err;
    return json::parse(done.out);
  };
  const json one = evaluation({});
  const json two = evaluation({"--explain-precision", "fp32"});
  EXPECT_EQ(one["precision"], "int8");
  EXPECT_EQ(one["faithfulness"][0]["precision"], "int8");
  EXPECT_EQ(two["precision"], "int8");
  EXPECT_EQ(two["faithfulness"][0]["precision"], "fp32");
  EXPECT_EQ(one["classification"], two["classification"]);
}

TEST_F(Commands, ExplainJudgesItsExplanations) {
  const Finished done = run({"explain", model_, csv_, "--quality", "--random-orders", "5", "--as", "jsonl", "--quiet"});
  ASSERT_EQ(done.status, 0) << done.err;
  const std::vector<json> lines = json_lines(done.out);
  ASSERT_EQ(lines.size(), 4U);
  for (const json& line : lines) {
    ASSERT_EQ(line.contains("quality"), !line["units"].empty()) << "an empty text has nothing to judge";
    if (!line.contains("quality")) continue;
    const std::string verdict = line["quality"]["verdict"];
    EXPECT_TRUE(verdict == "ok" || verdict == "weak" || verdict == "suspect");
    EXPECT_LT(line["quality"]["completeness_error"], 0.01);
  }
}

TEST_F(Commands, EvaluateStudiesVerdictsAndStability) {
  const std::string file = (folder_ / "evaluation.json").string();
  const Finished done = run({"evaluate", model_, csv_, "--quality-study", "--stability", "--json", file, "--quiet"});
  ASSERT_EQ(done.status, 0) << done.err;
  const json evaluation = json::parse(folder_.read("evaluation.json"));
  std::size_t judged = 0;
  for (const json& row : evaluation["quality"]["verdicts"]) judged += row["n"].get<std::size_t>();
  EXPECT_EQ(judged, 3U);
  EXPECT_EQ(evaluation["quality"]["warnings"][0]["quantity"], "confidence");
  std::set<std::string> changes;
  for (const json& row : evaluation["stability"]) changes.insert(row["change"]);
  std::set<std::string> expected = {"alone", "threads", "typos", "synonyms"};
  if (cpu_has(Precision::bf16)) expected.insert("bf16");
  EXPECT_EQ(changes, expected);
  EXPECT_NE(done.out.find("ok against the rest"), std::string::npos) << done.out;
}

TEST_F(Commands, ExplanationsNeverSeeTheGoldLabel) {
  std::string other = kCsv;
  for (const auto& [from, to] : {std::pair("film\n", "XXX\n"), {"market\n", "film\n"}, {"XXX\n", "match\n"}}) {
    for (std::size_t at; (at = other.find(from)) != std::string::npos;) other.replace(at, std::strlen(from), to);
  }
  const std::string shuffled = folder_.write("shuffled.csv", other).string();
  const auto without_cost = [&](const std::string& file) {
    std::vector<json> lines = json_lines(
        run({"explain", model_, file, "--method", "decomposition", "--method", "occlusion", "--as", "jsonl", "--quiet"})
            .out);
    for (json& line : lines) {
      line.erase("cost");
      line.erase("gold");
    }
    return lines;
  };
  EXPECT_EQ(without_cost(csv_), without_cost(shuffled));
  EXPECT_EQ(run({"predict", model_, csv_, "--quiet"}).out, run({"predict", model_, shuffled, "--quiet"}).out);
}

TEST_F(Commands, LongTextsAreCutAudibly) {
  std::string text = "text\n";
  for (int i = 0; i < 100000; ++i) text += "film ";
  const std::string file = folder_.write("long.csv", text + "\n").string();
  const Finished done = run({"predict", model_, file, "--quiet"});
  ASSERT_EQ(done.status, 0) << done.err;
  EXPECT_EQ(json_lines(done.out)[0]["truncated_pieces"], 100000 - 62);
  EXPECT_NE(done.err.find("1 text longer than 64 tokens cut: 99,938 word pieces not read"), std::string::npos)
      << done.err;
}

TEST_F(Commands, HelpListsEveryMethod) {
  const Finished done = run({"explain", "--help"});
  EXPECT_EQ(done.status, 0);
  for (const Method& method : methods()) EXPECT_NE(done.out.find(method.name), std::string::npos) << method.name;
  const std::string version = run({"--version"}).out;
  EXPECT_TRUE(version.starts_with("pellucid " PELLUCID_VERSION)) << version;
  for (const char* fact : {"oneDNN", "compiler", "instructions", "precisions    fp32", "threads"}) {
    EXPECT_NE(version.find(fact), std::string::npos) << version;
  }
  EXPECT_NE(run({"--help"}).out.find("train"), std::string::npos);
}

}  // namespace
}  // namespace pellucid
