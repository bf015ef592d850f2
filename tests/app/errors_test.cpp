// What users do wrong, and what the machine does to them: one message, the right status, nothing
// half-written.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "program.h"
#include "tiny_model.h"

namespace pellucid {
namespace {

class Errors : public ::testing::Test {
 protected:
  void SetUp() override {
    write_tiny_model(folder_ / "model", Adjust::top);
    model_ = (folder_ / "model").string();
  }
  void expect_failure(const std::vector<std::string>& arguments, int status, const std::string& message,
                      const std::string& input = "") {
    const Finished done = run(folder_, arguments, input);
    std::string line;
    for (const std::string& argument : arguments) line += argument + " ";
    EXPECT_EQ(done.status, status) << line << "\n" << done.err;
    EXPECT_NE(done.err.find(message), std::string::npos) << line << "\n" << done.err;
    EXPECT_EQ(done.out, "") << line;
  }
  std::string file(const std::string& name, const std::string& content) {
    return folder_.write(name, content).string();
  }

  TemporaryFolder folder_;
  std::string model_;
};

// What CLI11 takes as something else.
TEST_F(Errors, ValuesAreWhatTheySay) {
  expect_failure({"explain", model_, "--text", "a", "--seed", "-1"}, 2, "--seed: expected a whole number from 0");
  expect_failure({"explain", model_, "--text", "a", "--seed", "18446744073709551616"}, 2, "--seed: expected a whole");
  expect_failure({"explain", model_, "--text", "a", "--max-length", "010"}, 2, "expected a whole number");
  expect_failure({"explain", model_, "x.csv", "--limit", "0"}, 2, "--limit: expected a number above 0, found 0");
  expect_failure({"explain", model_, "--text", "a", "--record", ""}, 2, "--record: expected a value, found an empty");
  expect_failure({"serve", model_, "--log", ""}, 2, "--log: expected a value, found an empty one");
  expect_failure({"predict", "", "x.csv"}, 2, "model: expected a value, found an empty one");
  expect_failure({"explain", model_, "--text", "a", "--record=", "--quiet"}, 2, "--record: expected a value, found an");
  const Finished done = run(folder_, {"explain", model_, "--text", ""});
  EXPECT_EQ(done.status, 0) << done.err;
}

TEST_F(Errors, TwoResultsNeedTwoPlaces) {
  const std::string texts = file("labelled.csv", "text,label\na,film\nb,market\n");
  const std::string page = (folder_ / "page").string();
  expect_failure({"evaluate", model_, texts, "--html", page, "--json", page}, 2, "expected a file for each result");
  expect_failure({"explain", model_, "--text", "a", "--output", page, "--json", (folder_ / "." / "page").string()}, 2,
                 "expected a file for each result");
  expect_failure({"explain", model_, "--text", "a", "--record", page, "--json", page}, 2, "a file for each result");
  EXPECT_FALSE(std::filesystem::exists(page));
  const Finished both = run(folder_, {"evaluate", model_, texts, "--html", "/dev/null", "--json", "/dev/null"});
  EXPECT_EQ(both.status, 0) << both.err;
}

TEST_F(Errors, OptionsThatNothingLooksAtAreRefused) {
  const std::string texts = file("labelled.csv", "text,label\na,film\nb,market\n");
  for (const char* option : {"--measures", "--sort-by", "--bins"}) {
    const std::string value = option == std::string("--bins") ? "curve" : "infidelity";
    expect_failure({"evaluate", model_, texts, option, value}, 2, option + std::string(": expected --faithfulness"));
  }
}

TEST_F(Errors, ALogIsMadeWhereAllElseIsRight) {
  const std::string log = (folder_ / "decisions.db").string();
  expect_failure({"explain", model_, "nothing.csv", "--record", log}, 1, "nothing.csv");
  expect_failure({"explain", model_, "--text", "a", "--method", "magic", "--record", log}, 2, "decomposition");
  expect_failure({"explain", model_, "--text", "a", "--output", (folder_ / "nowhere/x").string(), "--record", log}, 1,
                 "nowhere");
  EXPECT_FALSE(std::filesystem::exists(log));
  expect_failure({"explain", model_, "--text", "a", "--record", folder_.path().string()}, 1, "found a folder");
}

TEST_F(Errors, WrongUsageIs2) {
  expect_failure({}, 2, "pellucid: expected a command: one of ");
  expect_failure({"predcit", model_, "x.csv"}, 2, "found 'predcit'; pellucid --help says what it takes\n");
  expect_failure({"record", "bogus", "d.db"}, 2, "found 'bogus'; pellucid record --help");
  expect_failure({"predict", model_, "x.csv", "--pre", "fp32"}, 2, "found: --pre fp32; pellucid predict --help");
  expect_failure({"predict"}, 2, "model");
  expect_failure({"predict", model_}, 2, "input");
  expect_failure({"predict", model_, "x.csv", "--precision", "fp8"}, 2, "fp8");
  expect_failure({"predict", model_, file("x.xyz", "a\n")}, 2, "--format");
  expect_failure({"predict", model_, "-"}, 2, "--format");
  expect_failure({"explain", model_}, 2, "expected either an input file or --text, found neither");
  expect_failure({"explain", model_, "x.csv", "--text", "a"}, 2, "found both");
  expect_failure({"explain", model_, "--text", "a", "--method", "magic"}, 2, "decomposition");
  expect_failure({"explain", model_, "--text", "a", "--target", "nothing"}, 2, "film, market, match");
  expect_failure({"explain", model_, "--text", "a", "--target", "film", "--against", "film"}, 2, "two different");
  expect_failure({"explain", model_, "--text", "a", "--target", "film", "--target", "all"}, 2, "found both");
  expect_failure({"explain", model_, "--text", "a", "--target", "all", "--target", "film"}, 2, "found both");
  expect_failure({"explain", model_, "--text", "a", "--target", "all", "--against", "film"}, 2, "expected labels with");
  expect_failure({"explain", model_, "--text", "a", "--steps", "5"}, 2, "--steps: expected attattr or");
  expect_failure({"explain", model_, "--text", "a", "--samples", "5"}, 2, "--samples: expected a method that draws");
  expect_failure({"explain", model_, "--text", "a", "--unit", "letter"}, 2, "piece, word, sentence");
  expect_failure({"predict", model_, file("x.csv", "text\na\n"), "--max-length", "65"}, 2, "64");
}

TEST_F(Errors, WrongInputIs1) {
  expect_failure({"predict", model_, (folder_ / "none.csv").string()}, 1, "none.csv");
  expect_failure({"predict", model_, folder_.path().string(), "--format", "csv"}, 1, "folder");
  expect_failure({"predict", model_, file("empty.csv", "")}, 1, "empty");
  expect_failure({"predict", model_, file("header.csv", "text,label\n")}, 1, "header.csv");
  expect_failure({"predict", model_, file("column.csv", "body,label\na,b\n")}, 1, "text");
  expect_failure({"predict", model_, file("bytes.csv", "text\nabc\xFFxyz\n")}, 1, "bytes.csv:2");
  expect_failure({"evaluate", model_, file("label.csv", "text,label\na,film\nb,opera\n"), "--quiet"}, 1,
                 "label.csv:3: expected one of the model's labels (film, market, match), found 'opera'");
  expect_failure({"evaluate", model_, file("none.csv", "text\na\n"), "--quiet"}, 1, "label");
}

TEST_F(Errors, WrongModelIs1) {
  const std::string texts = file("texts.csv", "text\na film\n");
  expect_failure({"predict", (folder_ / "nowhere").string(), texts}, 1, "nowhere");
  expect_failure({"predict", (kFixtures / "tiny-bert").string(), texts}, 1, "pellucid train");

  const std::filesystem::path damaged = folder_ / "damaged";
  std::filesystem::copy(model_, damaged);
  std::filesystem::resize_file(damaged / "model.safetensors", 5000);
  expect_failure({"predict", damaged.string(), texts}, 1, "model.safetensors");

  const std::filesystem::path other = folder_ / "other";
  std::filesystem::copy(model_, other);
  std::filesystem::remove(other / "tokenizer.json");
  std::ofstream(other / "vocab.txt") << "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nfilm\n";
  expect_failure({"predict", other.string(), texts}, 1, "vocabulary of another size");

  const std::vector<float> poison(32, std::numeric_limits<float>::quiet_NaN());
  std::vector<std::byte> bytes(poison.size() * sizeof(float));
  std::memcpy(bytes.data(), poison.data(), bytes.size());
  write_tiny_model(folder_ / "nan", Adjust::top, {{head_tensors::kNormBias, {DataType::f32, {32}, bytes}}});
  expect_failure({"predict", (folder_ / "nan").string(), texts, "--quiet"}, 1, "NaN");
}

TEST_F(Errors, NothingHalfWritten) {
  const std::string texts = file("texts.csv", "text\na film\n\"not closed\n");
  const std::string target = file("out.jsonl", "what was there\n");
  expect_failure({"predict", model_, texts, "--json", target, "--quiet"}, 1, "texts.csv");
  EXPECT_EQ(folder_.read("out.jsonl"), "what was there\n");
  expect_failure({"predict", model_, file("good.csv", "text\na\n"), "--json", (folder_ / "no/such/out").string()}, 1,
                 "no/such");
  const Finished full = run(folder_, {"predict", model_, (folder_ / "good.csv").string(), "--json", "/dev/full"});
  EXPECT_EQ(full.status, 1);
  EXPECT_NE(full.err.find("No space left"), std::string::npos) << full.err;
}

// With so many steps the work would take hours.
TEST_F(Errors, AReportThatCannotBeWrittenIsToldBeforeTheWork) {
  const std::string labelled = file("labelled.csv", "text,label\nfilm price film price film,film\n");
  const std::string missing = (folder_ / "no/such/report").string();
  for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
           {"evaluate", model_, labelled, "--faithfulness", "--methods", "integrated-gradients", "--html", missing},
           {"audit", model_, labelled, "--others", "integrated-gradients", "--json", missing},
           {"diff", model_, model_, labelled, "--method", "integrated-gradients", "--html", missing}}) {
    std::vector<std::string> arguments = command;
    arguments.insert(arguments.end(), {"--steps", "1000000", "--quiet"});
    expect_failure(arguments, 1, "no/such");
  }
}

TEST_F(Errors, InterruptLeavesNoFile) {
  std::string many;
  for (int i = 0; i < 1100; ++i) many += "a film\n";  // more than is predicted together
  const std::string target = (folder_ / "out.jsonl").string();
  Program program(folder_, {"predict", model_, "-", "--format", "text", "--json", target}, many, true);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  program.interrupt();
  const Finished done = program.wait();
  EXPECT_EQ(done.status, 130) << done.err;
  EXPECT_FALSE(std::filesystem::exists(target));
}

// The call that waits returns because of the signal: that is an interruption, too.
TEST_F(Errors, InterruptEndsWaitingForAFileThatNobodyWrites) {
  const std::string pipe = (folder_ / "pipe.csv").string();
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  Program program(folder_, {"predict", model_, pipe});
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  program.interrupt();
  const Finished done = program.wait();
  EXPECT_EQ(done.status, 130) << done.err;
  EXPECT_NE(done.err.find("interrupted"), std::string::npos) << done.err;
}

// Minutes of passes for one text: the signal is seen within them, and nothing of the text is written.
TEST_F(Errors, InterruptStopsInTheMidstOfAText) {
  std::string text;
  for (int word = 0; word < 50; ++word) text += "film price ";
  const std::string labelled = file("long.csv", "text,label\n" + text + ",film\n");
  const std::string target = (folder_ / "out.json").string();
  const std::string many = "1000000";
  struct Case {
    std::vector<std::string> arguments;
    std::string message;
  };
  const std::string again = "pellucid: interrupted; run the command again\n";
  for (const auto& [arguments, message] : std::vector<Case>{
           {{"explain", model_, "--text", text, "--method", "integrated-gradients", "--steps", many}, again},
           {{"explain", model_, "--text", text, "--method", "attattr", "--steps", many}, again},
           {{"explain", model_, "--text", text, "--method", "partition-shap", "--quality", "--random-orders", "1000",
             "--samples", many},
            again},
           {{"audit", model_, labelled, "--others", "integrated-gradients", "--steps", many}, again},
           {{"evaluate", model_, labelled, "--faithfulness", "--methods", "integrated-gradients", "--steps", many},
            "pellucid: interrupted while methods were compared; --parts FOLDER would keep what is finished\n"}}) {
    std::vector<std::string> all = arguments;
    all.insert(all.end(), {"--json", target, "--quiet"});
    Program program(folder_, all);
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    program.interrupt();
    const Finished done = program.wait();
    EXPECT_EQ(done.status, 130) << done.err;
    EXPECT_EQ(done.out, "");
    EXPECT_EQ(done.err, message);
    EXPECT_FALSE(std::filesystem::exists(target));
  }
}

TEST_F(Errors, TrainingNeedsItsProgram) {
  const std::filesystem::path alone = folder_ / "bin/pellucid";
  std::filesystem::create_directories(alone.parent_path());
  std::filesystem::copy_file(kProgram, alone);
  const Finished done = Program(folder_, {"train", "--data", "x.csv"}, "", false, alone).wait();
  EXPECT_EQ(done.status, 1);
  EXPECT_NE(done.err.find("needs pellucid-train beside this program"), std::string::npos) << done.err;

  folder_.write("cnn/config.json", R"({"model_type": "pellucid-cnn"})");
  for (const char* command : {"predict", "explain", "evaluate"}) {
    const Finished system = Program(folder_, {command, (folder_ / "cnn").string(), "x.csv"}, "", false, alone).wait();
    EXPECT_EQ(system.status, 1);
    EXPECT_NE(system.err.find("the system \"cnn\" needs pellucid-train"), std::string::npos) << system.err;
  }
}

}  // namespace
}  // namespace pellucid
