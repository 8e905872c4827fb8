#include "output/shard_file.h"

#include <gtest/gtest.h>

#include "../../support/temporary_directory.h"
#include "output/run_directory.h"

namespace visionshard::output {
namespace {

// sha256sum of a million times "a", as FIPS 180 gives it, and what `xxhsum -H2` prints of it.
constexpr char sha256_of_million[] = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
constexpr char xxh128_of_million[] = "a545df8e384a9579b1fd6fae5285c4eb";

ShardInfo million(DigestOption digest, const std::string& directory) {
  ShardFile shard(directory, "train-00000.jsonl", 0, Durability::synced, digest);
  std::string text(10'000, 'a');
  const iovec piece{text.data(), text.size()};
  for (std::size_t i = 0; i < 100; ++i) {
    shard.hash({&piece, 1});
    EXPECT_TRUE(shard.write({&piece, 1}, i * text.size()));
    shard.count({.examples = 1, .bytes = text.size()});
  }
  EXPECT_TRUE(shard.complete());
  EXPECT_TRUE(shard.publish());
  return shard.info();
}

TEST(ShardFile, HasTheDigestsThatWereAskedFor) {
  for (const DigestOption digest : {DigestOption::xxh128, DigestOption::sha256}) {
    const test::TemporaryDirectory directory;
    std::filesystem::create_directory(directory.path() / work_directory_name);
    const ShardInfo info = million(digest, directory.path().native());
    EXPECT_EQ(info.xxh128, xxh128_of_million);
    EXPECT_EQ(info.sha256, digest == DigestOption::sha256 ? sha256_of_million : "");
    EXPECT_EQ(std::filesystem::file_size(directory.path() / "train-00000.jsonl"), 1'000'000u);
  }
}

TEST(ShardFile, KeepsNoBytesWithoutADirectory) {
  EXPECT_EQ(million(DigestOption::xxh128, "").xxh128, xxh128_of_million);
}

}  // namespace
}  // namespace visionshard::output
