#include "near_duplicates/hash_search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

namespace visionshard::near_duplicates {
namespace {

PdqHash random_hash(std::mt19937_64& random) { return {{random(), random(), random(), random()}}; }

PdqHash with_flips(PdqHash hash, std::size_t flips, std::mt19937_64& random) {
  std::vector<unsigned> bits(256);
  for (unsigned bit = 0; bit < 256; ++bit) bits[bit] = bit;
  std::ranges::shuffle(bits, random);
  for (std::size_t i = 0; i < flips; ++i) hash.words[bits[i] / 64] ^= 1ULL << (bits[i] % 64);
  return hash;
}

std::vector<std::uint32_t> groups_by_all_pairs(const std::vector<PdqHash>& hashes) {
  std::vector<std::uint32_t> firsts(hashes.size());
  for (std::uint32_t i = 0; i < hashes.size(); ++i) firsts[i] = i;
  for (std::uint32_t i = 0; i < hashes.size(); ++i)
    for (std::uint32_t j = 0; j < i; ++j)
      if (distance(hashes[i], hashes[j]) <= 31 && firsts[i] != firsts[j]) {
        const auto [low, high] = std::minmax(firsts[i], firsts[j]);
        std::ranges::replace(firsts, std::uint32_t{high}, std::uint32_t{low});
      }
  return firsts;
}

void expect_all_found(const std::vector<PdqHash>& hashes) {
  const std::vector<std::uint32_t> wanted = groups_by_all_pairs(hashes);
  for (const unsigned threads : {1U, 3U}) EXPECT_EQ(near_groups(hashes, threads, {}), wanted);
}

std::size_t number_of_groups(const std::vector<PdqHash>& hashes) {
  const std::vector<std::uint32_t> firsts = near_groups(hashes, 1, {}).value();
  return std::set(firsts.begin(), firsts.end()).size();
}

TEST(HashSearch, GroupsAsComparingEveryPairDoes) {
  std::mt19937_64 random(1);
  for (const std::size_t centers : {1U, 5U, 100U}) {
    std::vector<PdqHash> hashes;
    for (std::size_t center = 0; center < centers; ++center) {
      const PdqHash hash = random_hash(random);
      // Any two of these differ in about twice as many bits.
      for (std::size_t i = 0; i < 1000 / centers; ++i) hashes.push_back(with_flips(hash, random() % 40, random));
    }
    std::ranges::shuffle(hashes, random);
    expect_all_found(hashes);
    EXPECT_GT(number_of_groups(hashes), centers);
  }
}

TEST(HashSearch, ConnectsNothingAmongRandomHashes) {
  std::mt19937_64 random(2);
  std::vector<PdqHash> hashes;
  for (int i = 0; i < 2000; ++i) hashes.push_back(random_hash(random));
  EXPECT_EQ(number_of_groups(hashes), hashes.size());
}

TEST(HashSearch, GroupsHashesThatAreAlikeInBits) {
  // Few bits set, so that many values of a band are crowded.
  std::mt19937_64 random(3);
  std::vector<PdqHash> hashes;
  for (int i = 0; i < 1500; ++i) hashes.push_back(with_flips({}, 10 + random() % 30, random));
  expect_all_found(hashes);
}

// Two bits in each of 15 bands, and one in the band that tells.
TEST(HashSearch, FindsThirtyOneBitsSpreadOverAllBands) {
  for (unsigned telling = 0; telling < band_count; ++telling) {
    for (const unsigned bit : {0U, 7U, 15U}) {
      PdqHash a, b;
      for (unsigned band = 0; band < band_count; ++band) {
        const std::uint64_t differing = band == telling ? 1ULL << bit : 3ULL << bit % 15;
        b.words[band / 4] |= differing << (16 * (band % 4));
      }
      ASSERT_EQ(distance(a, b), 31);
      ASSERT_EQ(number_of_groups({a, b}), 1);
      ASSERT_EQ(number_of_groups({b, a}), 1);
    }
  }
}

TEST(HashSearch, DoesNotConnectThirtyTwoBits) {
  PdqHash b;
  for (unsigned bit = 0; bit < 32; ++bit) b.words[0] |= 1ULL << bit;
  EXPECT_EQ(number_of_groups({{}, b}), 2);
}

TEST(HashSearch, ConnectsByWhatStandsBetween) {
  PdqHash middle, end;
  for (unsigned bit = 0; bit < 31; ++bit) middle.words[0] |= 1ULL << bit;
  for (unsigned bit = 0; bit < 62; ++bit) end.words[0] |= 1ULL << bit;
  EXPECT_EQ(near_groups(std::vector{PdqHash(), end, middle}, 1, {}), (std::vector<std::uint32_t>{0, 0, 0}));
  EXPECT_EQ(near_groups(std::vector{PdqHash(), end}, 1, {}), (std::vector<std::uint32_t>{0, 1}));
}

// All pairs of them are 5 billion.
TEST(HashSearch, GroupsAHundredThousandNearHashesAtOnce) {
  std::mt19937_64 random(5);
  const PdqHash center = random_hash(random);
  std::vector<PdqHash> hashes;
  for (int i = 0; i < 100'000; ++i) hashes.push_back(with_flips(center, random() % 12, random));
  EXPECT_EQ(number_of_groups(hashes), 1);
}

TEST(HashSearch, OfNoneOrOneFindsNothing) {
  expect_all_found({});
  expect_all_found({PdqHash()});
}

TEST(HashSearch, StopsWhereItIsTold) {
  // 50,000 in one value of each band, and none near another: they are compared by the billion.
  std::mt19937_64 random(6);
  std::vector<PdqHash> hashes;
  for (int i = 0; i < 50'000; ++i) hashes.push_back({{random() & 0xFFFFFFFFFFFF0000, random(), random(), random()}});
  unsigned asked = 0;
  EXPECT_EQ(near_groups(hashes, 1, [&] { return ++asked < 3; }), std::nullopt);
  EXPECT_EQ(asked, 3);
}

TEST(HashSearch, NextNearIsTheFirstFromAPlaceOn) {
  const PdqHash far{{0, 0, 0, ~0ULL}}, near{{7, 0, 0, 0}};
  const std::vector<PdqHash> hashes = {far, near, far, near};
  EXPECT_EQ(next_near(hashes, PdqHash(), 0), 1);
  EXPECT_EQ(next_near(hashes, PdqHash(), 2), 3);
  EXPECT_EQ(next_near(hashes, PdqHash(), 4), 4);
  EXPECT_EQ(next_near(hashes, {{~0ULL, ~0ULL, 0, 0}}, 0), 4);
}

}  // namespace
}  // namespace visionshard::near_duplicates
