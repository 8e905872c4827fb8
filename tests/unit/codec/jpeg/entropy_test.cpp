#include "codec/jpeg/entropy.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "../../../support/seeded_random.h"

namespace visionshard::codec {
namespace {

// Codes for symbols whose counts fall off at `rate`, some of them without any.
JpegHuffmanTable table_of(test::SeededRandom& random, double rate, CodeKind kind, HuffmanCodes& codes) {
  std::array<double, 256> expected{};
  for (double& count : expected) count = random.one_in(3) ? 0 : std::pow(rate, static_cast<double>(random.below(40)));
  return table_for(kind, expected, codes);
}

std::ptrdiff_t bits_read(const BitCursor& cursor, const std::vector<std::uint8_t>& data) {
  return (cursor.at - data.data()) * 8 - static_cast<std::ptrdiff_t>(cursor.count);
}

TEST(BlockSkipper, EndsWhereABlockThatIsReadEnds) {
  test::SeededRandom random(5);
  unsigned whole = 0, broken = 0;
  for (unsigned round = 0; round < 60; ++round) {
    HuffmanCodes codes;
    JpegHuffmanTable table =
        table_of(random, round % 2 == 0 ? 1.2 : 1.7, round % 5 == 4 ? CodeKind::progressive_ac : CodeKind::ac, codes);
    // What a file may say: symbols that mean nothing, and fewer codes.
    if (round % 3 == 1) table.symbols[random.below(60)] = static_cast<std::uint8_t>(random.below(256));
    if (round % 3 == 2) table.codes_of_length[15] = table.codes_of_length[14] = 0;
    const HuffmanDecoder decoder(table);
    const BlockSkipper skipper(decoder);
    for (unsigned i = 0; i < 3000; ++i) {
      std::vector<std::uint8_t> data(400);
      // Runs of zeros are short codes, and blocks of many symbols.
      for (std::uint8_t& byte : data)
        byte = static_cast<std::uint8_t>(i % 3 == 0 ? random.below(16) : random.below(256));
      BitCursor read, skipped;
      read.at = skipped.at = data.data();
      std::int16_t block[HuffmanDecoder::block_room] = {};
      const bool sound = decoder.next_ac(read, block);
      ASSERT_EQ(skipper.skip(skipped), sound) << round << ", " << i;
      ++(sound ? whole : broken);
      if (sound) {
        ASSERT_EQ(bits_read(skipped, data), bits_read(read, data)) << round << ", " << i;
      }
    }
  }
  EXPECT_GT(whole, 10'000u);
  EXPECT_GT(broken, 10'000u);
}

TEST(ScanWriter, IsReadBack) {
  test::SeededRandom random(6);
  for (unsigned round = 0; round < 20; ++round) {
    HuffmanCodes codes;
    const HuffmanDecoder decoder(table_of(random, 1.3, CodeKind::ac, codes));
    std::vector<std::array<std::int16_t, 64>> blocks(500);
    ScanWriter writer;
    for (auto& block : blocks) {
      block.fill(0);
      for (std::size_t n = random.below(64); n > 0; --n)
        block[random.between(1, 63)] = static_cast<std::int16_t>(static_cast<int>(random.below(2047)) - 1023);
      ScanWriter::Pending put = writer.begin_block();
      unsigned last = 0;
      for (unsigned k = 1; k < 64; ++k) {
        if (block[k] == 0) continue;
        for (; k - last > 16; last += 16) put.put(codes, 0xF0, 0);
        unsigned size = 0;
        while (std::abs(block[k]) >> size != 0) ++size;
        put.put(codes, (k - last - 1) << 4 | size, block[k]);
        last = k;
      }
      if (last < 63) put.put(codes, 0x00, 0);
      writer.end_block(put);
    }
    writer.finish();
    ScanReader reader(writer.out());
    for (const auto& block : blocks) {
      std::array<std::int16_t, HuffmanDecoder::block_room> back{};
      BitCursor bits = reader.begin_block();
      ASSERT_TRUE(decoder.next_ac(bits, back.data()));
      ASSERT_TRUE(reader.end_block(bits));
      ASSERT_TRUE(std::equal(block.begin(), block.end(), back.begin()));
    }
  }
}

// 16 bits of code and 15 of value are more than a block of 8-bit samples has, but a file may say so.
TEST(ScanReader, ReadsBlocksOfTheLongestCodesThatAFileCanName) {
  JpegHuffmanTable table;
  table.codes_of_length[15] = 1;
  table.symbols[0] = 0x0F;
  const HuffmanDecoder decoder(table);
  test::SeededRandom random(7);
  for (unsigned round = 0; round < 8; ++round) {
    std::vector<std::array<std::int16_t, 63>> blocks(1000);
    std::vector<std::byte> data;
    unsigned byte = 0, bits = 0;
    const auto put = [&](bool bit) {
      byte = byte << 1 | (bit ? 1 : 0);
      if (++bits % 8 != 0) return;
      data.push_back(static_cast<std::byte>(byte & 255));
      if ((byte & 255) == 255) data.push_back(std::byte{0});
    };
    for (auto& block : blocks)
      for (std::int16_t& value : block) {
        const auto pattern = static_cast<unsigned>(random.below(1 << 15));
        value = static_cast<std::int16_t>(static_cast<int>(pattern) - (pattern >= 1 << 14 ? 0 : 32767));
        for (unsigned i = 0; i < 16; ++i) put(false);
        for (unsigned i = 15; i-- > 0;) put((pattern >> i & 1) != 0);
      }
    while (bits % 8 != 0) put(true);
    // Blocks begin at other places of the pieces that are read.
    ScanReader reader(data);
    for (const auto& block : blocks) {
      std::array<std::int16_t, HuffmanDecoder::block_room> read{};
      BitCursor cursor = reader.begin_block();
      ASSERT_TRUE(decoder.next_ac(cursor, read.data()));
      ASSERT_TRUE(reader.end_block(cursor));
      ASSERT_TRUE(std::equal(block.begin(), block.end(), read.begin() + 1));
    }
  }
}

}  // namespace
}  // namespace visionshard::codec
