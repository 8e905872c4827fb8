#include "near_duplicates/hash_search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

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

std::vector<NearPair> all_pairs_compared(const std::vector<PdqHash>& hashes) {
  std::vector<NearPair> pairs;
  for (std::uint32_t i = 0; i < hashes.size(); ++i)
    for (std::uint32_t j = i + 1; j < hashes.size(); ++j)
      if (const unsigned bits = distance(hashes[i], hashes[j]); bits <= 31) pairs.push_back({i, j, bits});
  return pairs;
}

void expect_all_found(const std::vector<PdqHash>& hashes) {
  const NearPairs found = near_pairs(hashes, SIZE_MAX);
  EXPECT_TRUE(found.complete);
  EXPECT_EQ(found.pairs, all_pairs_compared(hashes));
}

TEST(HashSearch, FindsWhatComparingEveryPairFinds) {
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
  }
}

TEST(HashSearch, FindsNothingAmongRandomHashes) {
  std::mt19937_64 random(2);
  std::vector<PdqHash> hashes;
  for (int i = 0; i < 2000; ++i) hashes.push_back(random_hash(random));
  expect_all_found(hashes);
  EXPECT_TRUE(near_pairs(hashes, SIZE_MAX).pairs.empty());
}

TEST(HashSearch, FindsHashesThatAreAlikeInBits) {
  // Few bits set, so that many values of a band are crowded.
  std::mt19937_64 random(3);
  std::vector<PdqHash> hashes;
  for (int i = 0; i < 1500; ++i) hashes.push_back(with_flips({}, random() % 30, random));
  expect_all_found(hashes);
}

// Two bits in each of 15 bands, and one in the band that tells.
TEST(HashSearch, FindsThirtyOneBitsSpreadOverAllBands) {
  for (unsigned telling = 0; telling < band_count; ++telling) {
    for (unsigned bit = 0; bit < 16; ++bit) {
      PdqHash a, b;
      for (unsigned band = 0; band < band_count; ++band) {
        const std::uint64_t differing = band == telling ? 1ULL << bit : 3ULL << bit % 15;
        b.words[band / 4] |= differing << (16 * (band % 4));
      }
      ASSERT_EQ(distance(a, b), 31);
      expect_all_found({a, b});
      expect_all_found({b, a});
    }
  }
}

TEST(HashSearch, DoesNotReportThirtyTwoBits) {
  PdqHash b;
  for (unsigned bit = 0; bit < 32; ++bit) b.words[0] |= 1ULL << bit;
  EXPECT_TRUE(near_pairs(std::vector<PdqHash>{{}, b}, SIZE_MAX).pairs.empty());
}

TEST(HashSearch, OfEqualHashesReportsEachPairOnce) {
  const std::vector<PdqHash> hashes(50, PdqHash{{1, 2, 3, 4}});
  EXPECT_EQ(near_pairs(hashes, SIZE_MAX).pairs.size(), 50 * 49 / 2);
  expect_all_found(hashes);
}

TEST(HashSearch, StopsAtAsManyPairsAsAllowed) {
  const std::vector<PdqHash> hashes(5);
  EXPECT_TRUE(near_pairs(hashes, 10).complete);
  const NearPairs some = near_pairs(hashes, 9);
  EXPECT_FALSE(some.complete);
  EXPECT_EQ(some.pairs.size(), 9);
  EXPECT_FALSE(near_pairs(hashes, 0).complete);
}

TEST(HashSearch, OfNoneOrOneFindsNothing) {
  expect_all_found({});
  expect_all_found({PdqHash()});
}

TEST(HashSearch, BandsTogetherHaveEachPairOnce) {
  std::mt19937_64 random(4);
  const PdqHash center = random_hash(random);
  std::vector<PdqHash> hashes;
  for (int i = 0; i < 300; ++i) hashes.push_back(with_flips(center, random() % 25, random));
  std::vector<NearPair> pairs;
  for (unsigned band = band_count; band-- > 0;)
    EXPECT_TRUE(visit_near_pairs_of_band(hashes, band, [&](const NearPair& pair) {
      pairs.push_back(pair);
      return true;
    }));
  std::ranges::sort(pairs);
  EXPECT_EQ(pairs, all_pairs_compared(hashes));
}

}  // namespace
}  // namespace visionshard::near_duplicates
