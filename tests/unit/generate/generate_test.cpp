#include <gtest/gtest.h>
#include <visionshard/generate.h>

#include "../../support/temporary_directory.h"
#include "generate/random.h"

namespace visionshard {
namespace {

class GenerateTest : public testing::Test {
 protected:
  static GenerateOptions options(Mix mix, std::uint64_t examples = 3) {
    GenerateOptions options;
    options.mix = mix;
    options.examples = examples;
    return options;
  }
  GenerateOutcome run(GenerateOptions options, std::string_view name) {
    options.output = directory_.file(name);
    return generate_corpus(options, stop_);
  }
  std::string text(std::string_view name) { return test::text_of(directory_.path() / name); }

  test::TemporaryDirectory directory_;
  std::atomic<bool> stop_{false};
};

// The numbers that the authors' own program prints for the seed 0.
TEST(Random, GivesTheNumbersOfSplitMix64) {
  generate::Random random(0);
  EXPECT_EQ(random.next(), 0xE220A8397B1DCDAFu);
  EXPECT_EQ(random.next(), 0x6E789E6AA1B965F4u);
  EXPECT_EQ(random.next(), 0x06C45D188009454Fu);
}

TEST_F(GenerateTest, TheSameSeedGivesTheSameBytesOnAnyNumberOfThreads) {
  for (const Mix mix : {Mix::compliant, Mix::convert}) {
    GenerateOptions seven = options(mix);
    seven.force = true;
    seven.seed = 7;
    seven.threads = 1;
    ASSERT_EQ(run(seven, "one").status, RunStatus::done);
    seven.threads = 3;
    ASSERT_EQ(run(seven, "three").status, RunStatus::done);
    EXPECT_EQ(text("one"), text("three"));
    seven.seed = 8;
    ASSERT_EQ(run(seven, "other").status, RunStatus::done);
    EXPECT_NE(text("one"), text("other"));
  }
}

TEST_F(GenerateTest, ALongerCorpusBeginsWithTheShorterOne) {
  run(options(Mix::compliant, 3), "short");
  run(options(Mix::compliant, 5), "long");
  EXPECT_TRUE(text("long").starts_with(text("short")));
  EXPECT_EQ(std::ranges::count(text("long"), '\n'), 5);
}

TEST_F(GenerateTest, EndsWithTheLineThatReachesTheBytesAskedFor) {
  GenerateOptions by_bytes = options(Mix::urls);
  by_bytes.bytes = 10'000;
  const GenerateOutcome outcome = run(by_bytes, "corpus");
  EXPECT_EQ(outcome.bytes, text("corpus").size());
  EXPECT_GE(outcome.bytes, 10'000u);
  const std::string without_last = text("corpus").substr(0, text("corpus").rfind('\n', outcome.bytes - 2) + 1);
  EXPECT_LT(without_last.size(), 10'000u);
}

TEST_F(GenerateTest, ReplacesNoFileUnlessItIsTold) {
  directory_.write("corpus", "mine");
  const GenerateOutcome refused = run(options(Mix::urls), "corpus");
  EXPECT_EQ(refused.status, RunStatus::refused);
  EXPECT_EQ(text("corpus"), "mine");
  GenerateOptions force = options(Mix::urls);
  force.force = true;
  EXPECT_EQ(run(force, "corpus").status, RunStatus::done);
  EXPECT_NE(text("corpus"), "mine");
}

TEST_F(GenerateTest, LeavesNoFileWhereItIsInterrupted) {
  stop_ = true;
  EXPECT_EQ(run(options(Mix::urls), "corpus").status, RunStatus::interrupted);
  EXPECT_TRUE(test::files_beneath(directory_.path()).empty());
}

}  // namespace
}  // namespace visionshard
