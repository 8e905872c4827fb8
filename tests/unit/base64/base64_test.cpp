#include "base64/base64.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ostream>
#include <string>
#include <tuple>
#include <vector>

#include "../../support/base64_agreement.h"

namespace visionshard::base64 {

void PrintTo(Kernel kernel, std::ostream* stream) { *stream << name(kernel); }

void PrintTo(Status status, std::ostream* stream) {
  constexpr const char* names[] = {"clean", "tolerated", "bad_character", "impossible_length", "data_after_padding"};
  *stream << names[static_cast<std::size_t>(status)];
}

namespace {

using Outcome = std::tuple<Status, std::string, std::size_t>;

class Base64 : public testing::TestWithParam<Kernel> {
 protected:
  static Outcome decoded(std::string_view text) {
    std::vector<std::byte> out(decode_capacity(text.size()));
    const Decoded result = decode(text, out.data(), GetParam());
    return {result.status, std::string(reinterpret_cast<const char*>(out.data()), result.bytes), result.position};
  }

  static std::string encoded(std::string_view bytes) {
    std::string text(encoded_length(bytes.size()), '\0');
    encode(std::as_bytes(std::span(bytes)), text.data(), GetParam());
    return text;
  }
};

Outcome clean(std::string bytes) { return {Status::clean, std::move(bytes), 0}; }
Outcome tolerated(std::string bytes) { return {Status::tolerated, std::move(bytes), 0}; }
Outcome bad_character(std::size_t position) { return {Status::bad_character, "", position}; }
Outcome impossible_length(std::size_t position) { return {Status::impossible_length, "", position}; }
Outcome data_after_padding(std::size_t position) { return {Status::data_after_padding, "", position}; }

TEST_P(Base64, KeepsTheVectorsOfRfc4648) {
  const std::vector<std::pair<std::string, std::string>> vectors = {{"", ""},
                                                                    {"f", "Zg=="},
                                                                    {"fo", "Zm8="},
                                                                    {"foo", "Zm9v"},
                                                                    {"foob", "Zm9vYg=="},
                                                                    {"fooba", "Zm9vYmE="},
                                                                    {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(decoded(text), clean(bytes));
    EXPECT_EQ(encoded(bytes), text);
  }
}

TEST_P(Base64, AcceptsWhiteSpaceRawAndEscapedAnywhere) {
  for (const std::string space : {" ", "\t", "\n", "\r", "\f", "\\n", "\\r", "\\t", "\\f", "\\u000a", "\\u000D",
                                  "\\u0009", "\\u000c", "\\u0020", "\\r\\n"}) {
    EXPECT_EQ(decoded(space), tolerated(""));
    EXPECT_EQ(decoded(space + "Zm8="), tolerated("fo"));
    EXPECT_EQ(decoded("Z" + space + "m8="), tolerated("fo"));
    EXPECT_EQ(decoded("Zm8" + space + "="), tolerated("fo"));
    EXPECT_EQ(decoded("Zg=" + space + "="), tolerated("f"));
    EXPECT_EQ(decoded("Zg==" + space), tolerated("f"));
  }
}

TEST_P(Base64, AcceptsEscapedSlashesAndUnicodeEscapes) {
  EXPECT_EQ(decoded("\\/\\u002f\\u002F/"), tolerated("\xff\xff\xff"));
  EXPECT_EQ(decoded("\\u005a\\u006D8\\u003d"), tolerated("fo"));
  EXPECT_EQ(decoded("\\u005Ag=\\u003D"), tolerated("f"));
}

TEST_P(Base64, AcceptsTheUrlSafeAlphabetMixedWithTheStandardOne) {
  EXPECT_EQ(decoded("-_+/"), tolerated("\xfb\xff\xbf"));
  EXPECT_EQ(decoded("\\u002d\\u005f\\u002b\\/"), tolerated("\xfb\xff\xbf"));
}

TEST_P(Base64, AcceptsMissingPadding) {
  EXPECT_EQ(decoded("Zg"), tolerated("f"));
  EXPECT_EQ(decoded("Zg="), tolerated("f"));
  EXPECT_EQ(decoded("Zm8"), tolerated("fo"));
}

TEST_P(Base64, AcceptsLeftoverBitsButDoesNotCallThemClean) {
  EXPECT_EQ(decoded("Zh=="), tolerated("f"));
  EXPECT_EQ(decoded("Zm9="), tolerated("fo"));
  EXPECT_EQ(decoded("Zn"), tolerated("f"));
}

TEST_P(Base64, NamesTheBadCharacterOrTheBackslashOfTheBadEscape) {
  EXPECT_EQ(decoded("Zm9v!m9v"), bad_character(4));
  EXPECT_EQ(decoded("Zm 9v,"), bad_character(5));
  EXPECT_EQ(decoded("Zg==!"), bad_character(4));
  EXPECT_EQ(decoded(std::string_view("Zm9v\0", 5)), bad_character(4));
  for (const std::string escape : {"\\", "\\b", "\\\"", "\\\\", "\\N", "\\U0041", "\\u", "\\u004", "\\u00g1", "\\u0141",
                                   "\\u4100", "\\u000b", "\\u005c", "\\u0022", "\\u00c1", "\\x41"}) {
    EXPECT_EQ(decoded("Zm9v" + escape), bad_character(4)) << escape;
    EXPECT_EQ(decoded("Zm9v" + escape + "Zm9v"), bad_character(4)) << escape;
  }
}

TEST_P(Base64, RefusesOneCharacterLeftOver) {
  for (const std::string text : {"Z", "Z=", "Z==", "Z===", "Zm9vZ", "Zm9v Z ="})
    EXPECT_EQ(decoded(text), impossible_length(text.size())) << text;
}

TEST_P(Base64, RefusesMorePaddingThanTheLastGroupTakes) {
  for (const std::string text : {"=", "====", " = ", "AAAA=", "AA===", "AAA==", "AAA=\\u003d"})
    EXPECT_EQ(decoded(text), impossible_length(text.size())) << text;
}

TEST_P(Base64, RefusesDataAfterPadding) {
  EXPECT_EQ(decoded("Zg==Zg=="), data_after_padding(4));
  EXPECT_EQ(decoded("Zg=v"), data_after_padding(3));
  EXPECT_EQ(decoded("=A"), data_after_padding(1));
  EXPECT_EQ(decoded("Zg= \\u0041"), data_after_padding(4));
}

TEST_P(Base64, ReportsTheFirstFaultOfSeveral) {
  EXPECT_EQ(decoded("Zg==A!"), data_after_padding(4));
  EXPECT_EQ(decoded("Zg==!A"), bad_character(4));
  EXPECT_EQ(decoded("AAAA=!"), bad_character(5));
  EXPECT_EQ(decoded("AAAA=A"), data_after_padding(5));
}

TEST_P(Base64, RunsTheKernelThatIsNamed) {
  EXPECT_EQ(bytes_written_behind(GetParam()), expected_bytes_written_behind(GetParam()));
}

TEST_P(Base64, IsForcedByTheEnvironment) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  setenv("VISIONSHARD_BASE64_KERNEL", std::string(name(GetParam())).c_str(), 1);
  EXPECT_EXIT(std::exit(active_kernel() == GetParam() ? 0 : 1), testing::ExitedWithCode(0), "");
  unsetenv("VISIONSHARD_BASE64_KERNEL");
}

INSTANTIATE_TEST_SUITE_P(Kernels, Base64, testing::ValuesIn(available_kernels().begin(), available_kernels().end()),
                         [](const auto& test) { return std::string(name(test.param)); });

TEST(Base64Kernels, AreListedSlowestFirstAndTheFastestIsTheDefault) {
  EXPECT_EQ(available_kernels().front(), Kernel::scalar);
  EXPECT_EQ(active_kernel(), available_kernels().back());
}

TEST(Base64Kernels, IgnoreAnEnvironmentThatNamesNone) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  setenv("VISIONSHARD_BASE64_KERNEL", "mmx", 1);
  EXPECT_EXIT(std::exit(active_kernel() == available_kernels().back() ? 0 : 1), testing::ExitedWithCode(0), "");
  unsetenv("VISIONSHARD_BASE64_KERNEL");
}

TEST(Base64Kernels, DecodeLikeTheOracleAtEveryEdge) {
  for_each_edge_text([](const std::string& text) { ASSERT_EQ(decode_disagreement(text), ""); });
}

TEST(Base64Kernels, DecodeLikeTheOracleHoweverTheTextIsWritten) {
  RandomTexts random(2);
  for (int i = 0; i < 15000; ++i) ASSERT_EQ(decode_disagreement(random.text(400)), "") << "text " << i;
  for (int i = 0; i < 150; ++i) ASSERT_EQ(decode_disagreement(random.text(7000)), "") << "long text " << i;
  for (int i = 0; i < 5000; ++i) {
    const std::string encoded = random.below(2) ? random.text(400) : oracle::encode(random.bytes(random.below(400)));
    ASSERT_EQ(prefix_disagreement(encoded + (random.below(8) ? "\"" : "") + random.text(400)), "") << "prefix " << i;
  }
}

TEST(Base64Kernels, EncodeLikeTheOracle) {
  RandomTexts random(3);
  for (std::size_t length = 0; length <= 700; ++length) ASSERT_EQ(encode_disagreement(random.bytes(length)), "");
}

// RFC 8259 section 7 has the escapes, RFC 4648 sections 3.5 and 4 what is canonical.
TEST(CleanButForEscapes, IsTextWhoseJsonValueIsClean) {
  for (const char* const text : {"", "QUJD", "QUI=", "QQ==", R"(\/\/\/\/)", R"(QU\u004aD)", R"(QUI\u003d)",
                                 R"(QQ\u003D=)", R"(\u002fUJD)", R"(\u002FUJD)"})
    EXPECT_TRUE(clean_but_for_escapes(text)) << text;
  for (const char* const text :
       {"QUJ",          "QUI",      "QUI==",         "Q===",         "QUJ=",         "QR==",
        "QUI=QUJD",     "QUJD====", "-_-_",          " QUJD",        "QUJD ",        R"(QUJD\n)",
        R"(QU\tJD)",    R"(\\UJD)", R"(QUJ\u0044 )", R"(QUJ\u002d)", R"(\u0100UJD)", R"(QUJ\u00)",
        R"(QUJ\u00zz)", R"(QUJ\)",  R"(QUJD\")",     R"(\u00c4UJD)"})
    EXPECT_FALSE(clean_but_for_escapes(text)) << text;
}

}  // namespace
}  // namespace visionshard::base64
