#include <gtest/gtest.h>

#include <string>

#include "base/sha256.h"
#include "base/xxh128.h"

namespace visionshard {
namespace {

template <class Digest>
std::string digest_of(std::string_view text, std::size_t step) {
  Digest digest;
  digest.update(as_bytes(std::string_view("another value before it")));
  digest.finish();
  for (std::size_t at = 0; at < text.size(); at += step) digest.update(as_bytes(text.substr(at, step)));
  return hexadecimal(digest.finish());
}

// The examples NIST publishes with FIPS 180.
TEST(Sha256Digest, KeepsTheVectorsOfFips180) {
  for (const std::size_t step : {1u, 3u, 64u, 65u, 1u << 20}) {
    EXPECT_EQ(digest_of<Sha256>("", step), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(digest_of<Sha256>("abc", step), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(digest_of<Sha256>("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", step),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(digest_of<Sha256>(std::string(1'000'000, 'a'), step),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  }
}

// What `xxhsum -H2` of xxhsum 0.8.1 prints.
TEST(Xxh128Digest, IsWhatXxhsumPrints) {
  for (const std::size_t step : {1u, 3u, 240u, 65'537u, 1u << 20}) {
    EXPECT_EQ(digest_of<Xxh128>("", step), "99aa06d3014798d86001c324468d497f");
    EXPECT_EQ(digest_of<Xxh128>("abc", step), "06b05ab6733a618578af5f94892f3950");
    EXPECT_EQ(digest_of<Xxh128>(std::string(200, 'a'), step), "cffe968d25cc79dac8654f5c46034008");
    EXPECT_EQ(digest_of<Xxh128>(std::string(1'000'000, 'a'), step), "a545df8e384a9579b1fd6fae5285c4eb");
  }
}

TEST(HashWithAKey, IsTheSameUnderOneKeyAndAnotherUnderAnother) {
  const KeyedHash one, other;
  for (const std::size_t bytes : {0u, 1u, 16u, 17u, 200u, 10'000u}) {
    const std::string text(bytes, 'a');
    EXPECT_EQ(one(as_bytes(text)), one(as_bytes(std::string(bytes, 'a'))));
    EXPECT_NE(one(as_bytes(text)), one(as_bytes(text + "a")));
    EXPECT_NE(one(as_bytes(text)), other(as_bytes(text)));
  }
}

}  // namespace
}  // namespace visionshard
