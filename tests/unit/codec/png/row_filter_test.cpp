#include "codec/png/row_filter.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <vector>

#include "../../../support/seeded_random.h"
#include "codec/png/rows.h"

namespace visionshard::codec {
namespace {

using Samples = std::vector<std::uint8_t>;

// PNG specification, section 9.
std::uint8_t predicted(unsigned filter, int left, int above, int corner) {
  const int p = left + above - corner;
  const int to_left = std::abs(p - left), to_above = std::abs(p - above), to_corner = std::abs(p - corner);
  switch (filter) {
    case 0: return 0;
    case 1: return static_cast<std::uint8_t>(left);
    case 2: return static_cast<std::uint8_t>(above);
    case 3: return static_cast<std::uint8_t>((left + above) / 2);
    default:
      return static_cast<std::uint8_t>(to_left <= to_above && to_left <= to_corner ? left
                                       : to_above <= to_corner                     ? above
                                                                                   : corner);
  }
}

struct Rows {
  std::size_t pixel_bytes;
  Samples above, row;  // each after pixel_bytes zeros

  Samples filtered(unsigned filter) const {
    Samples out;
    for (std::size_t i = pixel_bytes; i < row.size(); ++i)
      out.push_back(static_cast<std::uint8_t>(
          row[i] - predicted(filter, row[i - pixel_bytes], above[i], above[i - pixel_bytes])));
    return out;
  }
};

// Noise, values of few kinds (equal distances), and values near 0 and 255.
Rows rows_of(std::size_t bytes, std::size_t pixel_bytes, unsigned seed) {
  test::SeededRandom random(seed);
  Rows rows{pixel_bytes, Samples(pixel_bytes + bytes, 0), Samples(pixel_bytes + bytes, 0)};
  for (Samples* samples : {&rows.above, &rows.row})
    for (std::size_t i = pixel_bytes; i < samples->size(); ++i)
      (*samples)[i] = static_cast<std::uint8_t>(seed % 3 == 0   ? random.below(256)
                                                : seed % 3 == 1 ? random.below(4)
                                                                : 252 + random.below(8));
  return rows;
}

template <class Check>
void for_many_rows(Check check) {
  unsigned seed = 0;
  for (const std::size_t pixel_bytes : {1u, 2u, 3u, 4u, 6u, 8u})
    for (const std::size_t pixels : {1u, 2u, 5u, 15u, 16u, 17u, 33u, 100u, 701u})
      for (unsigned round = 0; round < 3; ++round) check(rows_of(pixels * pixel_bytes, pixel_bytes, ++seed));
}

TEST(PngRowFilter, FiltersAsTheSpecificationSays) {
  for_many_rows([](const Rows& rows) {
    for (unsigned f = 0; f < png_filter_count; ++f) {
      const Samples expected = rows.filtered(f);
      Samples out(expected.size());
      apply_png_filter(static_cast<PngFilter>(f), rows.row.data() + rows.pixel_bytes,
                       rows.above.data() + rows.pixel_bytes, expected.size(), rows.pixel_bytes, out.data());
      ASSERT_EQ(out, expected) << "filter " << f << ", pixels of " << rows.pixel_bytes << " bytes";
    }
  });
}

TEST(PngRowFilter, SumsWhatEachFilterLeaves) {
  for_many_rows([](const Rows& rows) {
    const auto sums = png_filter_sums(rows.row.data() + rows.pixel_bytes, rows.above.data() + rows.pixel_bytes,
                                      rows.row.size() - rows.pixel_bytes, rows.pixel_bytes);
    for (unsigned f = 1; f < png_filter_count; ++f) {
      std::uint32_t expected = 0;
      for (const std::uint8_t d : rows.filtered(f)) expected += d < 128 ? d : 256u - d;
      ASSERT_EQ(sums[f], expected) << "filter " << f << ", pixels of " << rows.pixel_bytes << " bytes";
    }
  });
}

TEST(PngRowFilter, IsUndone) {
  for_many_rows([](const Rows& rows) {
    for (unsigned f = 0; f < png_filter_count; ++f) {
      Samples row = rows.filtered(f), above = rows.above;
      const std::size_t bytes = row.size();
      row.resize(bytes + 16);  // what undo_png_filter may read
      above.resize(above.size() + 16);
      undo_png_filter(static_cast<PngFilter>(f), row.data(), above.data() + rows.pixel_bytes, bytes, rows.pixel_bytes);
      ASSERT_EQ(Samples(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(bytes)),
                Samples(rows.row.begin() + static_cast<std::ptrdiff_t>(rows.pixel_bytes), rows.row.end()))
          << "filter " << f << ", pixels of " << rows.pixel_bytes << " bytes";
    }
  });
}

// Rows as they are in a file, each by a filter of its own, pixel by pixel undone.
TEST(PngRows, AreUndoneTogetherAsOneByOne) {
  unsigned seed = 0;
  for (const std::size_t pixel_bytes : {1u, 2u, 3u, 4u, 6u, 8u})
    for (const std::size_t rows : {1u, 3u, 4u, 15u, 16u, 17u, 40u})
      for (const std::size_t pixels : {1u, 5u, 31u, 64u, 65u, 79u, 80u, 81u, 95u, 96u, 200u})
        for (const unsigned filters : {5u, 2u, 1u}) {  // all, the chains of two, Paeth
          test::SeededRandom random(++seed);
          const std::size_t row_bytes = pixels * pixel_bytes;
          Samples above(row_bytes), expected, data;
          for (std::uint8_t& b : above) b = static_cast<std::uint8_t>(random.byte());
          Samples before = above;
          for (std::size_t r = 0; r < rows; ++r) {
            const auto filter = static_cast<unsigned>(5 - filters + random.below(filters));
            Samples row(row_bytes);
            data.push_back(static_cast<std::uint8_t>(filter));
            for (std::size_t i = 0; i < row_bytes; ++i) {
              const bool begins = i < pixel_bytes;
              // Also differences that are small, so that neighbors are equal.
              const auto stored = static_cast<std::uint8_t>(random.below(seed % 2 == 0 ? 256 : 3) - 1);
              row[i] = static_cast<std::uint8_t>(stored + predicted(filter, begins ? 0 : row[i - pixel_bytes],
                                                                    before[i], begins ? 0 : before[i - pixel_bytes]));
              data.push_back(stored);
            }
            expected.push_back(static_cast<std::uint8_t>(filter));
            expected.insert(expected.end(), row.begin(), row.end());
            before = row;
          }
          data.resize(data.size() + png_row_padding, 0xA5);
          expected.resize(data.size(), 0xA5);
          above.resize(row_bytes + png_row_padding, 0x5A);
          ASSERT_TRUE(undo_png_rows(data.data(), rows, above.data(), row_bytes, pixel_bytes));
          ASSERT_EQ(data, expected) << rows << " rows of " << pixels << " pixels of " << pixel_bytes << " bytes";
        }
}

TEST(PngRows, OfAnUnknownFilterAreRefused) {
  for (const std::size_t row : {0u, 7u, 15u}) {
    Samples data(16 * 101 + png_row_padding, 4);
    const Samples above(100 + png_row_padding, 0);
    data[row * 101] = 5;
    EXPECT_FALSE(undo_png_rows(data.data(), 16, above.data(), 100, 1)) << row;
  }
}

TEST(PngRowFilter, TakesTheLeastSumAndTheFirstOfEqualOnes) {
  PngRowFilter filter(4, 1);
  Samples out(4);
  const Samples steady = {7, 7, 7, 7}, other = {7, 9, 3, 40};
  EXPECT_EQ(filter.apply(steady.data(), RowFilters::min_sum, out.data()), PngFilter::sub);
  EXPECT_EQ(out, (Samples{7, 0, 0, 0}));
  EXPECT_EQ(filter.apply(other.data(), RowFilters::none, out.data()), PngFilter::none);
  EXPECT_EQ(filter.apply(other.data(), RowFilters::min_sum, out.data()), PngFilter::up);
  EXPECT_EQ(out, (Samples{0, 0, 0, 0}));
}

}  // namespace
}  // namespace visionshard::codec
