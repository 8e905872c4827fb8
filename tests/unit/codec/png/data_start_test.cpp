#include "codec/png/data_start.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>
#include <vector>

#include "../../../support/seeded_random.h"
#include "codec/png/filter.h"

namespace visionshard::codec {
namespace {

std::string deflated(const std::string& rows, int level, int strategy) {
  z_stream z{};
  EXPECT_EQ(deflateInit2(&z, level, Z_DEFLATED, 15, 8, strategy), Z_OK);
  std::string out(deflateBound(&z, rows.size()), '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(rows.data()));
  z.avail_in = static_cast<uInt>(rows.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&z, Z_FINISH), Z_STREAM_END);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

std::vector<std::string> streams() {
  test::SeededRandom random(2);
  std::vector<std::string> all;
  for (int filter = 0; filter < 7; ++filter) {
    std::string rows;
    for (std::size_t i = 0; i < 2000; ++i)
      rows += i % 100 == 0 ? static_cast<char>(filter) : static_cast<char>(random.below(i % 7 + 1) * 9);
    for (const int level : {0, 1, 6, 9})
      for (const int strategy : {Z_DEFAULT_STRATEGY, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED})
        all.push_back(deflated(rows, level, strategy));
  }
  return all;
}

bool is_taken(const std::string& stream) {
  return png_data_start_fault(as_bytes(stream).first(std::min(stream.size(), max_png_data_start_bytes))) == nullptr;
}

// The first byte that zlib gives, or -1 where it gives none; -2 where the first block is an empty one.
int first_byte(const std::string& stream) {
  z_stream z{};
  EXPECT_EQ(inflateInit(&z), Z_OK);
  unsigned char out = 0;
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(stream.data()));
  z.avail_in = static_cast<uInt>(stream.size());
  z.next_out = &out;
  z.avail_out = 1;
  int status = Z_OK;
  bool is_empty_block = false;
  // Z_BLOCK stops after each block and after the zlib header.
  for (int stops = 0; z.total_out == 0 && status == Z_OK; ++stops) {
    status = inflate(&z, Z_BLOCK);
    is_empty_block |= status >= 0 && z.total_out == 0 && stops > 0 && (z.data_type & 128) != 0;
  }
  inflateEnd(&z);
  return is_empty_block ? -2 : z.total_out == 1 ? out : -1;
}

TEST(PngDataStart, IsTakenWithTheFiltersThatExist) {
  std::size_t index = 0;
  for (const std::string& stream : streams()) EXPECT_EQ(is_taken(stream), index++ / 16 < png_filter_count);
}

TEST(PngDataStart, IsRefusedWhereZlibGivesNoFirstByteOrNoFilter) {
  const auto sound = streams();
  test::SeededRandom random(3);
  std::size_t taken = 0, refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string stream = sound[random.below(sound.size())];
    for (std::size_t n = random.between(1, 3); n > 0; --n) stream[random.below(70)] = random.byte();
    const int byte = first_byte(stream);
    if (byte == -2) continue;
    const bool expected = byte >= 0 && byte < static_cast<int>(png_filter_count);
    ASSERT_EQ(is_taken(stream), expected) << i << " " << byte;
    ++(expected ? taken : refused);
  }
  EXPECT_GT(taken, 1000u);
  EXPECT_GT(refused, 1000u);
}

TEST(PngDataStart, IsRefusedWhereItIsCutOffBeforeTheFirstByte) {
  for (const std::string& stream : streams())
    for (std::size_t size = 0; size < 300 && size < stream.size(); ++size)
      if (first_byte(stream.substr(0, size)) == -1) {
        ASSERT_FALSE(is_taken(stream.substr(0, size))) << size;
      }
}

}  // namespace
}  // namespace visionshard::codec
