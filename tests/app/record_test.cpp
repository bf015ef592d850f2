// pellucid explain --record and pellucid record, as a user runs them.
#include <gtest/gtest.h>

#include "program.h"
#include "record/recording.h"
#include "tiny_model.h"

namespace pellucid {
namespace {

class RecordCommand : public ::testing::Test {
 protected:
  RecordCommand() { write_tiny_model(folder / "model", Adjust::top); }

  Finished pellucid(std::vector<std::string> arguments, const std::string& input = "") const {
    return run(folder, std::move(arguments), input);
  }
  Finished explain(const std::string& texts, std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {"explain", folder / "model", "-", "--format", "text", "--record", log};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return pellucid(arguments, texts);
  }

  TemporaryFolder folder;
  const std::string log = folder / "decisions.db";
};

TEST_F(RecordCommand, FromDecisionToDossier) {
  const Finished explained = explain("the film is good\noil price\n", {"--target", "all"});
  ASSERT_EQ(explained.status, 0) << explained.err;
  EXPECT_NE(explained.err.find("6 decisions recorded"), std::string::npos) << explained.err;
  EXPECT_EQ(json_lines(explained.out).size(), 6u);

  const Finished verified = pellucid({"record", "verify", log});
  ASSERT_EQ(verified.status, 0) << verified.err;
  const std::string head = verified.out.substr(verified.out.find("head ") + 5, 64);
  EXPECT_NE(explained.err.find(head), std::string::npos);

  const Finished replayed = pellucid({"record", "replay", log, "--threads", "1"});
  EXPECT_EQ(replayed.status, 0) << replayed.err << replayed.out;
  EXPECT_NE(replayed.out.find("entry 6: repeated to the last bit"), std::string::npos) << replayed.out;

  EXPECT_EQ(pellucid({"record", "override", log, "1", "--label", "weather", "--who", "A", "--why", "b"}).status, 2);
  EXPECT_EQ(pellucid({"record", "override", log, "1", "--label", "match", "--who", "Ada", "--why", "I saw it"}).status,
            0);
  EXPECT_NE(pellucid({"record", "show", log}).out.find("→ match"), std::string::npos);
  EXPECT_NE(pellucid({"record", "show", log, "1"}).out.find("Ada: I saw it"), std::string::npos);

  const Finished page = pellucid({"record", "export", log, "1", "--as", "html"});
  EXPECT_EQ(page.status, 0) << page.err;
  EXPECT_NE(page.out.find("I saw it"), std::string::npos);
  EXPECT_EQ(json_lines(pellucid({"record", "export", log}).out).size(), 7u);

  const Finished pruned =
      pellucid({"record", "prune", log, "--older-than", "0", "--who", "clerk", "--why", "retention"});
  EXPECT_EQ(pruned.status, 0) << pruned.err;
  const Finished still = pellucid({"record", "verify", log, "--head", head, "--json", "-"});
  EXPECT_EQ(still.status, 0) << still.err;
  EXPECT_EQ(json_lines(still.out)[0]["erased"], 7);
  EXPECT_EQ(pellucid({"record", "replay", log}).status, 0);
  EXPECT_EQ(pellucid({"record", "replay", log, "1"}).status, 1);
  const Finished cut = pellucid({"record", "verify", log, "--head", std::string(64, 'a')});
  EXPECT_EQ(cut.status, 1);
  EXPECT_NE(cut.err.find("no longer in the log"), std::string::npos) << cut.err;
}

TEST_F(RecordCommand, AHashedTextIsGivenAgain) {
  ASSERT_EQ(explain("the film is good\n", {"--log-text", "hash", "--method", "lime", "--seed", "3"}).status, 0);
  EXPECT_EQ(folder.read("decisions.db").find("film is good"), std::string::npos);
  EXPECT_TRUE(pellucid({"record", "verify", log}).out.starts_with("1 entry, none changed"));
  EXPECT_EQ(pellucid({"record", "replay", log, "1", "--text", "the film is good"}).status, 0);
  const Finished other = pellucid({"record", "replay", log, "1", "--text", "the film is bad", "--json", "-"});
  EXPECT_EQ(other.status, 1);
  EXPECT_EQ(json_lines(other.out)[0]["repeated"], false);
}

TEST_F(RecordCommand, ADamagedDecisionIsNotPassedOver) {
  ASSERT_EQ(explain("the film is good\noil price\noil is up\n").status, 0);
  tamper(log, "UPDATE entries SET content = json_remove(content, '$.result.bias') WHERE number = 2");
  tamper(log, "UPDATE entries SET content = json_set(content, '$.result.unit', 'verse') WHERE number = 3");
  const Finished replayed = pellucid({"record", "replay", log, "--json", "-"});
  EXPECT_EQ(replayed.status, 1);
  EXPECT_NE(replayed.err.find("found 2 of 3 that were not"), std::string::npos) << replayed.err;
  const auto lines = json_lines(replayed.out);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0]["repeated"], true);
  EXPECT_EQ(lines[1]["repeated"], false);
  EXPECT_NE(lines[1]["differences"][0].get<std::string>().find("bias"), std::string::npos) << replayed.out;
  EXPECT_EQ(lines[2]["repeated"], false);
}

TEST_F(RecordCommand, AnEmptyHeadIsNoHead) {
  ASSERT_EQ(explain("the film is good\n").status, 0);
  const Finished none = pellucid({"record", "verify", log, "--head", ""});
  EXPECT_EQ(none.status, 2) << "a script's unset variable";
  EXPECT_NE(none.err.find("--head: expected a value, found an empty one"), std::string::npos) << none.err;
}

TEST_F(RecordCommand, AChangedModelIsNamed) {
  ASSERT_EQ(explain("the film is good\n").status, 0);
  write_tiny_model(folder / "model", Adjust::none);
  const Finished replayed = pellucid({"record", "replay", log});
  EXPECT_EQ(replayed.status, 1);
  EXPECT_NE(replayed.out.find("pellucid.json is another file"), std::string::npos) << replayed.out;
}

TEST_F(RecordCommand, PruningTakesDaysSomebodyAndAReason) {
  ASSERT_EQ(explain("the film is good\n").status, 0);
  const auto prune = [&](const char* days, const char* who, const char* why) {
    return pellucid({"record", "prune", log, "--older-than", days, "--who", who, "--why", why});
  };
  EXPECT_EQ(prune("1e12", "clerk", "retention").status, 2);
  EXPECT_EQ(prune("nan", "clerk", "retention").status, 2);
  EXPECT_EQ(prune("0", "clerk", "").status, 2);
  const Finished bytes = prune("0", "\xff", "retention");
  EXPECT_EQ(bytes.status, 2);
  EXPECT_NE(bytes.err.find("--who: expected who does this"), std::string::npos) << bytes.err;
  const Finished kept = pellucid({"record", "verify", log});
  EXPECT_TRUE(kept.out.starts_with("1 entry, none changed")) << kept.err;
  EXPECT_EQ(kept.out.find("erased"), std::string::npos) << kept.out;
}

TEST_F(RecordCommand, AForgedLogIsShownAndNotObeyed) {
  ASSERT_EQ(explain("the film is good\noil price\n").status, 0);
  tamper(log, "UPDATE entries SET hash = char(27) || 'hash'");
  const Finished pruned =
      pellucid({"record", "prune", log, "--older-than", "36500", "--who", "clerk", "--why", "nothing is that old"});
  EXPECT_EQ(pruned.status, 0) << pruned.err;
  EXPECT_NE(pruned.out.find("head <U+001B>hash"), std::string::npos) << pruned.out;
  tamper(log,
         "UPDATE entries SET content = json_set(content, '$.result.method', char(27) || 'method'), body = "
         "json_set(body, '$.time', char(27) || 'time', '$.options.method', char(27) || 'method'); "
         "UPDATE entries SET body = json_set(body, '$.kind', char(27) || 'kind') WHERE number = 2");
  const Finished list = pellucid({"record", "show", log});
  ASSERT_EQ(list.status, 0) << list.err;
  for (const char* part : {"hash", "time", "kind", "method"}) {
    EXPECT_NE(list.out.find(std::string("<U+001B>") + part), std::string::npos) << part << "\n" << list.out;
  }
  const Finished one = pellucid({"record", "show", log, "1"});
  ASSERT_EQ(one.status, 0) << one.err;
  EXPECT_NE(one.out.find("entry 1, <U+001B>hash"), std::string::npos) << one.out;
  EXPECT_NE(one.out.find("(<U+001B>method)"), std::string::npos) << one.out;
  EXPECT_EQ((pruned.out + list.out + one.out).find('\x1b'), std::string::npos);
}

TEST_F(RecordCommand, HashesThatAreNoUtf8AreReported) {
  ASSERT_EQ(explain("the film is good\n").status, 0);
  const Finished other = pellucid({"record", "verify", log, "--head", std::string(64, 'b'), "--json", "-"});
  EXPECT_EQ(other.status, 1);
  EXPECT_EQ(json_lines(other.out).at(0)["problems"].size(), 1u) << other.err;
  tamper(log, "UPDATE entries SET hash = CAST(x'ff' AS TEXT)");
  const Finished verified = pellucid({"record", "verify", log, "--json", "-"});
  EXPECT_EQ(verified.status, 1);
  EXPECT_EQ(json_lines(verified.out).at(0)["head"]["hash"], "\uFFFD") << verified.err;
  const Finished exported = pellucid({"record", "export", log});
  EXPECT_EQ(exported.status, 0) << exported.err;
  EXPECT_EQ(json_lines(exported.out).at(0)["hash"], "\uFFFD");
}

TEST_F(RecordCommand, NothingIsShownThatIsNotRecorded) {
  const Finished refused =
      pellucid({"explain", folder / "model", "--text", "film", "--as", "jsonl", "--record", folder / "no" / "log.db"});
  EXPECT_EQ(refused.status, 1);
  EXPECT_NE(refused.err.find("a folder that exists"), std::string::npos) << refused.err;
  EXPECT_TRUE(refused.out.empty());
}

}  // namespace
}  // namespace pellucid
