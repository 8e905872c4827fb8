#include "output/run_fingerprint.h"

#include <gtest/gtest.h>

namespace visionshard::output {
namespace {

std::string line(std::string_view libraries, std::string_view self_test, const ConvertOptions& options = {}) {
  return fingerprint_line(options, {}, libraries, self_test);
}

TEST(RunFingerprint, IsEqualForTheSameRun) {
  EXPECT_EQ(difference(line("a 1\n", "12"), line("a 1\n", "12")), std::nullopt);
}

TEST(RunFingerprint, NamesTheLibraryThatHasAnotherVersion) {
  EXPECT_EQ(difference(line("libpng 1", "12"), line("libpng 2", "12")),
            "libraries was \"libpng 1\" and is \"libpng 2\"");
}

TEST(RunFingerprint, TellsCodecsOfTheSameVersionThatGiveOtherBytes) {
  EXPECT_EQ(difference(line("libpng 1", "12"), line("libpng 1", "34")),
            "the codec libraries or the processor give other bytes (codec self-test \"34\", it was \"12\")");
}

TEST(RunFingerprint, NamesTheOptionThatIsAnother) {
  ConvertOptions other;
  other.image.min_quality = 70;
  EXPECT_EQ(difference(line("", ""), line("", "", other)), "options min_quality was 60 and is 70");
}

}  // namespace
}  // namespace visionshard::output
