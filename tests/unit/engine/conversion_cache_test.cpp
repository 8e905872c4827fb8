#include "engine/conversion_cache.h"

#include <gtest/gtest.h>

namespace visionshard::engine {
namespace {

using Claim = ConversionCache::Claim;

constexpr std::uint64_t budget_bytes = 100'000;

ImageKey key(unsigned number) {
  ImageKey key{};
  key.hash[0] = number;
  return key;
}

class Conversions : public testing::Test {
 protected:
  SharedResult result(std::size_t bytes) { return std::make_shared<const ConversionResult>(bytes, budget_); }
  // Converted and let go by whoever did it.
  void convert(unsigned number, std::size_t bytes) {
    SharedResult found;
    ASSERT_EQ(cache_.claim(key(number), {}, found), Claim::owned);
    cache_.publish(key(number), result(bytes));
  }

  Budget budget_{budget_bytes};
  ConversionCache cache_{budget_};
};

TEST_F(Conversions, AreMadeByTheFirstAndSharedWithWhoeverComesLater) {
  SharedResult found;
  Batch batch;
  ASSERT_EQ(cache_.claim(key(1), {&batch, 0}, found), Claim::owned);
  EXPECT_EQ(cache_.find(key(1)), nullptr);
  EXPECT_EQ(cache_.claim(key(1), {&batch, 1}, found), Claim::awaited);
  EXPECT_EQ(cache_.claim(key(2), {&batch, 2}, found), Claim::owned) << "another image";
  const SharedResult made = result(10);
  const auto waiting = cache_.publish(key(1), made);
  ASSERT_EQ(waiting.size(), 1u);
  EXPECT_EQ(waiting[0].index, 1u);
  EXPECT_EQ(cache_.claim(key(1), {&batch, 3}, found), Claim::known);
  EXPECT_EQ(found, made);
  EXPECT_EQ(cache_.find(key(1)), made);
}

TEST_F(Conversions, ThatCameToNothingAreTriedAgain) {
  SharedResult found;
  ASSERT_EQ(cache_.claim(key(1), {}, found), Claim::owned);
  cache_.publish(key(1), nullptr);
  EXPECT_EQ(cache_.claim(key(1), {}, found), Claim::owned);
}

TEST_F(Conversions, TakeHalfTheBudgetAtMost) {
  for (unsigned i = 0; i < 50; ++i) convert(i, 5'000);
  EXPECT_TRUE(budget_.fits_image(budget_bytes / 2));
  EXPECT_FALSE(budget_.fits_image(budget_bytes * 7 / 10)) << "and more than nothing";
}

TEST_F(Conversions, GiveWayToWork) {
  for (unsigned i = 0; i < 5; ++i) convert(i, 9'000);
  EXPECT_FALSE(budget_.fits_image(80'000));
  EXPECT_TRUE(cache_.make_room(80'000));
  EXPECT_TRUE(budget_.fits_image(80'000));
}

TEST_F(Conversions, StayWhereSomebodyHoldsThem) {
  convert(1, 30'000);
  const SharedResult held = cache_.find(key(1));
  EXPECT_FALSE(cache_.make_room(90'000));
  EXPECT_EQ(cache_.find(key(1)), held);
}

TEST_F(Conversions, AreChargedUntilTheLastHolderLetsGo) {
  SharedResult held = result(40'000);
  const SharedResult other = held;
  held.reset();
  EXPECT_FALSE(budget_.fits_image(70'000));
}

TEST_F(Conversions, AreKeyedByBytesAndLengthWithASecretOfTheRun) {
  const std::string a(1'000, 'a'), b(1'000, 'b');
  EXPECT_EQ(cache_.key_of(as_bytes(a)), cache_.key_of(as_bytes(std::string(1'000, 'a'))));
  EXPECT_NE(cache_.key_of(as_bytes(a)), cache_.key_of(as_bytes(b)));
  EXPECT_EQ(cache_.key_of(as_bytes(a)).bytes, 1'000u);
  EXPECT_NE(cache_.key_of(as_bytes(a)).hash, ConversionCache(budget_).key_of(as_bytes(a)).hash);
}

TEST_F(Conversions, AreChargedToNobodyAfterwards) {
  result(40'000).reset();
  EXPECT_TRUE(budget_.fits_image(budget_bytes));
}

}  // namespace
}  // namespace visionshard::engine
