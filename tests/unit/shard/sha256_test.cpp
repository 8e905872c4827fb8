#include "shard/sha256.h"

#include <gtest/gtest.h>

#include <string>

namespace visionshard::shard {
namespace {

std::string digest_of(std::string_view text, std::size_t step) {
  Sha256 digest;
  for (std::size_t at = 0; at < text.size(); at += step) digest.update(as_bytes(text.substr(at, step)));
  return hexadecimal(digest.finish());
}

// The examples NIST publishes with FIPS 180.
TEST(Sha256Digest, KeepsTheVectorsOfFips180) {
  for (const std::size_t step : {1u, 3u, 64u, 65u, 1u << 20}) {
    EXPECT_EQ(digest_of("", step), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(digest_of("abc", step), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(digest_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", step),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(digest_of(std::string(1'000'000, 'a'), step),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  }
}

}  // namespace
}  // namespace visionshard::shard
