#include "output/shard_planner.h"

#include <gtest/gtest.h>

#include <vector>

#include "../../support/seeded_random.h"

namespace visionshard::output {
namespace {

struct Example {
  std::uint64_t bytes;
  bool has_image;
};

// Shards as lists of examples, the next one always tried whole.
std::vector<std::vector<Example>> cut_greedily(const std::vector<Example>& examples, std::uint64_t max_bytes,
                                               std::uint64_t max_image_examples) {
  const auto fits = [&](std::vector<Example> shard, const Example& next) {
    shard.push_back(next);
    std::uint64_t bytes = 0, images = 0;
    for (const Example& e : shard) {
      bytes += e.bytes;
      images += e.has_image ? 1 : 0;
    }
    return bytes <= max_bytes && images <= max_image_examples;
  };
  std::vector<std::vector<Example>> shards;
  for (const Example& e : examples) {
    if (shards.empty() || !fits(shards.back(), e)) shards.emplace_back();
    shards.back().push_back(e);
  }
  return shards;
}

TEST(ShardPlan, CutsGreedilyInInputOrder) {
  test::SeededRandom random(1);
  for (int i = 0; i < 3'000; ++i) {
    const std::uint64_t max_bytes = random.between(10, 200);
    const std::uint64_t max_images = random.one_in(4) ? UINT64_MAX : random.between(1, 6);
    std::vector<Example> examples(random.below(60));
    for (Example& e : examples) e = {random.one_in(6) ? max_bytes : random.between(1, 10), random.one_in(2)};
    ShardPlanner planner(max_bytes, max_images);
    for (const auto& shard : cut_greedily(examples, max_bytes, max_images)) {
      std::uint64_t offset = 0;
      for (std::size_t k = 0; k < shard.size(); ++k) {
        const auto place = planner.place(shard[k].bytes, shard[k].has_image);
        ASSERT_EQ(place.opens, k == 0);
        ASSERT_EQ(place.offset, offset);
        offset += shard[k].bytes;
      }
    }
  }
}

TEST(ShardPlan, PlacesAllAtOnceWhereNoneOfThemOpensAShard) {
  test::SeededRandom random(2);
  int placed = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t max_bytes = random.between(10, 100), max_images = random.between(1, 6);
    ShardPlanner planner(max_bytes, max_images);
    for (std::uint64_t before = random.below(4); before > 0; --before)
      planner.place(random.between(1, 10), random.one_in(2));
    ShardPlanner one_by_one = planner;
    std::uint64_t bytes = 0, image_examples = 0, first_offset = 0;
    bool any_opens = false;
    for (std::uint64_t k = random.between(1, 6), j = 0; j < k; ++j) {
      const std::uint64_t size = random.between(1, std::min<std::uint64_t>(20, max_bytes));
      const bool has_image = random.one_in(2);
      const auto place = one_by_one.place(size, has_image);
      if (j == 0) first_offset = place.offset;
      any_opens = any_opens || place.opens;
      bytes += size;
      image_examples += has_image ? 1 : 0;
    }
    const auto offset = planner.place_all(bytes, image_examples);
    ASSERT_EQ(offset.has_value(), !any_opens);
    if (!offset) continue;
    ++placed;
    ASSERT_EQ(*offset, first_offset);
    for (int next = 0; next < 5; ++next) {
      const auto expected = one_by_one.place(3, true), place = planner.place(3, true);
      ASSERT_EQ(place.opens, expected.opens);
      ASSERT_EQ(place.offset, expected.offset);
    }
  }
  EXPECT_GT(placed, 1'000);
}

TEST(ShardPlan, CountsOnlyExamplesWithImagesAgainstTheImageCap) {
  ShardPlanner planner(UINT64_MAX, 1);
  EXPECT_TRUE(planner.place(5, true).opens);
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(planner.place(5, false).opens);
  EXPECT_TRUE(planner.place(5, true).opens);
}

TEST(ShardPlan, FillsAShardToTheLastByte) {
  ShardPlanner planner(10, UINT64_MAX);
  EXPECT_TRUE(planner.place(4, false).opens);
  EXPECT_FALSE(planner.place(6, false).opens);
  EXPECT_TRUE(planner.place(1, false).opens);
  EXPECT_TRUE(planner.place(10, false).opens);
}

TEST(ShardPlan, NamesShardsSoThatTheySort) {
  EXPECT_EQ(shard_name("train", 0), "train-00000.jsonl");
  EXPECT_EQ(shard_name("a-b", 12345), "a-b-12345.jsonl");
  EXPECT_EQ(shard_name("train", 123456), "train-123456.jsonl");
}

}  // namespace
}  // namespace visionshard::output
