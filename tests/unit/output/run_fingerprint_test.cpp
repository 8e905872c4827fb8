#include "output/run_fingerprint.h"

#include <gtest/gtest.h>

namespace visionshard::output {
namespace {

std::string line(std::string_view libraries, const ConvertOptions& options = {}) {
  return fingerprint_line(options, {}, libraries);
}

TEST(RunFingerprint, IsEqualForTheSameRun) { EXPECT_EQ(difference(line("a 1\n"), line("a 1\n")), std::nullopt); }

TEST(RunFingerprint, NamesTheLibraryThatHasAnotherVersion) {
  EXPECT_EQ(difference(line("libpng 1"), line("libpng 2")), "libraries was \"libpng 1\" and is \"libpng 2\"");
}

TEST(RunFingerprint, NamesTheOptionThatIsAnother) {
  ConvertOptions other;
  other.image.min_quality = 70;
  EXPECT_EQ(difference(line(""), line("", other)), "options min_quality was 60 and is 70");
}

}  // namespace
}  // namespace visionshard::output
