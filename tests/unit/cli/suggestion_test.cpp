#include "cli/arguments/suggestion.h"

#include <gtest/gtest.h>

namespace visionshard::cli {
namespace {

const std::vector<std::string> words = {"convert", "check", "config", "status"};

TEST(Suggestion, OneLetterSwappedMissingWrongOrTooMany) {
  for (const char* typed : {"convret", "conver", "conwert", "connvert"})
    EXPECT_EQ(suggestion(typed, words), "; did you mean 'convert'?") << typed;
}

TEST(Suggestion, NothingIsLikeIt) {
  EXPECT_EQ(suggestion("zzzzzzz", words), "");
  EXPECT_EQ(suggestion("", words), "");
  EXPECT_EQ(suggestion("convert", {}), "");
}

TEST(Suggestion, AThirdOfTheLettersMayBeWrong) {
  EXPECT_EQ(suggestion("stazzs", words), "; did you mean 'status'?");
  EXPECT_EQ(suggestion("stzzzs", words), "");
}

TEST(Suggestion, TheNearestWordWins) { EXPECT_EQ(suggestion("cofig", words), "; did you mean 'config'?"); }

}  // namespace
}  // namespace visionshard::cli
