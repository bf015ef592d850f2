// Parts of a comparison that are kept: what was stopped goes on, what is shared out comes together, what is damaged is
// said.
#include "evaluate/comparison_part.h"

#include <gtest/gtest.h>

#include <fstream>

#include "evaluate/method_comparison.h"
#include "files/sha256.h"
#include "progress/interrupt.h"
#include "temporary_folder.h"
#include "tiny_texts.h"

namespace pellucid {
namespace {

namespace fs = std::filesystem;

class KeptComparison : public ::testing::Test {
 protected:
  KeptComparison() {
    for (std::size_t t = 0; t < texts_.encodings.size(); ++t) {
      if (!texts_.units[t].ranges.empty()) compared_.push_back({&texts_.encodings[t], &texts_.units[t]});
    }
    for (const char* name : {"random", "gradient-norm"}) methods_.push_back(unwrap(find_method(name)));
    for (const char* name : {"difference", "parameter-randomisation"}) measures_.push_back(unwrap(find_measure(name)));
    options_.model = (kFixtures / "tiny-bert-classifier").string();
  }
  ComparisonRequest request(const KeptParts* kept = nullptr) const {
    return {*classifier_, compared_, methods_, measures_, options_, {}, kept};
  }
  KeptParts kept(const char* of = "all that decides") const {
    return unwrap(KeptParts::open(folder_ / "parts", sha256(of)));
  }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_ / "parts"), fs::directory_iterator()));
  }
  // Everything but seconds.
  static std::string figures(const MethodComparison& found) {
    std::ostringstream out;
    out.precision(17);
    for (const FaithfulnessRow& row : found.rows) {
      out << row.method << row.measure << row.value << row.interval.low << row.interval.high << row.n << row.p_value
          << row.forward_equivalents;
      for (const FaithfulnessPart& part : row.parts) out << part.name << part.value << part.interval.high;
    }
    for (const Curves& curves : found.curves) {
      for (const CurvePoint& point : curves.deletion) out << point.value << point.interval.low;
      for (const CurvePoint& point : curves.insertion) out << point.value << point.interval.low;
    }
    return out.str();
  }

  const TemporaryFolder folder_;
  const std::unique_ptr<Classifier> classifier_ = load_tiny_classifier("pooler");
  const TinyInputs texts_{*classifier_, tiny_texts(90)};  // two parts
  std::vector<ComparedText> compared_;
  std::vector<const Method*> methods_;
  std::vector<const Measure*> measures_;
  MeasureOptions options_;
};

TEST_F(KeptComparison, GoesOnWhereItWasStopped) {
  const std::string whole = figures(unwrap(compare_methods(request())));
  const KeptParts parts = kept();
  ComparisonRequest stopped = request(&parts);
  const std::size_t all = comparison_steps(stopped);
  std::size_t steps = 0;
  stopped.progress = [&](std::size_t more) {
    steps += more;
    return steps <= all * 64 / compared_.size();  // the first part, and a little of the second
  };
  const auto found = compare_methods(stopped);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::interrupted);
  EXPECT_EQ(files(), 1);

  ComparisonRequest resumed = request(&parts);
  const std::size_t left = comparison_steps(resumed);
  EXPECT_EQ(left, (compared_.size() - 64) * (methods_.size() + measures_.size()));
  steps = 0;
  resumed.progress = [&](std::size_t more) {
    steps += more;
    return true;
  };
  EXPECT_EQ(figures(unwrap(compare_methods(resumed))), whole);
  EXPECT_EQ(steps, left);
  EXPECT_EQ(files(), 2);
}

TEST_F(KeptComparison, ItIsSaidWhatBecomesOfItWhereAPassGivesUp) {
  const InterruptSource signal([] { return true; });
  const KeptParts parts = kept();
  const auto with = compare_methods(request(&parts));
  ASSERT_FALSE(with);
  EXPECT_EQ(with.error().code, ErrorCode::interrupted);
  EXPECT_NE(with.error().message.find("the same command goes on from the parts kept"), std::string::npos);
  const auto without = compare_methods(request());
  ASSERT_FALSE(without);
  EXPECT_NE(without.error().message.find("--parts FOLDER would keep"), std::string::npos);
}

TEST_F(KeptComparison, ShardsComeTogether) {
  const KeptParts parts = kept();
  const ComparisonRequest shared = request(&parts);
  ASSERT_TRUE(compare_shard(shared, {2, 2}));
  EXPECT_EQ(files(), 1);
  EXPECT_EQ(comparison_steps(shared, {2, 2}), 0);
  ASSERT_TRUE(compare_shard(shared, {1, 2}));
  EXPECT_EQ(comparison_steps(shared), 0);
  EXPECT_EQ(figures(unwrap(compare_methods(shared))), figures(unwrap(compare_methods(request()))));
}

TEST_F(KeptComparison, AnotherComparisonFindsNothing) {
  const KeptParts parts = kept();
  ASSERT_TRUE(compare_shard(request(&parts), {1, 2}));
  const KeptParts others = kept("something else");
  EXPECT_TRUE(parts.has(1));
  EXPECT_FALSE(others.has(1));
}

TEST_F(KeptComparison, ADamagedPartIsNamed) {
  const KeptParts parts = kept();
  ASSERT_TRUE(compare_shard(request(&parts), {1, 2}));
  const fs::path file = fs::directory_iterator(folder_ / "parts")->path();
  const auto refused = [&](std::size_t methods, const std::string& why) {
    const auto found = parts.load(1, methods, measures_.size(), 64);
    ASSERT_FALSE(found);
    EXPECT_NE(describe(found.error()).find(why), std::string::npos) << describe(found.error());
    EXPECT_NE(describe(found.error()).find(file.string()), std::string::npos) << describe(found.error());
  };
  refused(3, "other numbers");
  std::string text = unwrap(read_file(file));
  std::ofstream(file) << text.substr(0, text.size() / 2);
  refused(2, "no JSON");
  std::ofstream(file) << "[]";
  refused(2, "something else");
  std::ofstream(file) << R"({"schema": "pellucid.plan/1", "fingerprint": ""})";
  refused(2, "another file");
}

TEST(KeptParts, AFolderThatCannotBeIsNamed) {
  const TemporaryFolder folder;
  const auto found = KeptParts::open(folder.write("file", "") / "parts", sha256(""));
  ASSERT_FALSE(found);
  EXPECT_NE(describe(found.error()).find("file/parts"), std::string::npos) << describe(found.error());
}

}  // namespace
}  // namespace pellucid
