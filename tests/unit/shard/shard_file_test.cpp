#include "shard/shard_file.h"

#include <gtest/gtest.h>

#include "../../support/temporary_directory.h"
#include "shard/output_directory.h"

namespace visionshard::shard {
namespace {

// sha256sum of a million times "a", as FIPS 180 gives it.
constexpr char million[] = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

std::string digest_when_hashed(std::size_t first_left_out, const std::string& directory) {
  auto shard = *ShardFile::create(directory, "train-00000.jsonl", 0, Durability::synced);
  std::string text(10'000, 'a');
  iovec piece{text.data(), text.size()};
  for (std::size_t i = 0; i < 100; ++i) {
    EXPECT_TRUE(shard->write({&piece, 1}, i * text.size()));
    if (i != first_left_out) shard->hash({&piece, 1}, i * text.size());
    shard->count(text.size(), 0);
  }
  EXPECT_TRUE(shard->complete());
  EXPECT_TRUE(shard->publish());
  return shard->info().sha256;
}

TEST(ShardFile, DigestsWhatWasLeftOutFromTheFile) {
  for (const std::size_t first_left_out : {0u, 1u, 50u, 99u, 100u}) {
    const test::TemporaryDirectory directory;
    std::filesystem::create_directory(directory.path() / work_directory_name);
    EXPECT_EQ(digest_when_hashed(first_left_out, directory.path().native()), million) << first_left_out;
    EXPECT_EQ(std::filesystem::file_size(directory.path() / "train-00000.jsonl"), 1'000'000u);
  }
}

TEST(ShardFile, KeepsNoBytesWithoutADirectory) { EXPECT_EQ(digest_when_hashed(100, ""), million); }

}  // namespace
}  // namespace visionshard::shard
