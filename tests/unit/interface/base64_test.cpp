#include <gtest/gtest.h>
#include <visionshard/base64.h>

namespace visionshard {
namespace {

std::string decoded(std::string_view text) {
  const DecodedBase64 result = decode_base64(text);
  EXPECT_TRUE(result.ok());
  return {reinterpret_cast<const char*>(result.bytes.data()), result.bytes.size()};
}

// RFC 4648, section 10.
TEST(Base64, HasTheTestVectorsOfItsStandard) {
  const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(encode_base64(std::as_bytes(std::span(bytes))), text);
    EXPECT_EQ(decoded(text), bytes);
    EXPECT_EQ(decode_base64(text).status, Base64Status::clean);
  }
}

TEST(Base64, ReadsWhatPeopleWriteAndSaysSo) {
  for (const char* const text : {"//79", "\\/\\/79", "__79", "//\n79", "\\u002f/79"})
    EXPECT_EQ(decoded(text), "\xff\xfe\xfd");
  for (const char* const text : {"\\/\\/79", "__79", "//\n79", "\\u002f/79", "Zg", "Zh=="})
    EXPECT_EQ(decode_base64(text).status, Base64Status::tolerated) << text;
}

TEST(Base64, NamesTheFirstFaultAndItsPlace) {
  const std::tuple<const char*, Base64Status, std::size_t> faults[] = {
      {"Zm9*Zm9v", Base64Status::bad_character, 3},
      {"Zm9vY", Base64Status::impossible_length, 5},
      {"Zg==Zg==", Base64Status::data_after_padding, 4}};
  for (const auto& [text, status, position] : faults) {
    const DecodedBase64 result = decode_base64(text);
    EXPECT_EQ(result.status, status) << text;
    EXPECT_EQ(result.position, position) << text;
    EXPECT_FALSE(result.ok());
    EXPECT_TRUE(result.bytes.empty());
  }
}

}  // namespace
}  // namespace visionshard
