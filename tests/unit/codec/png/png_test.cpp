#include "codec/png/png.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>
#include <vector>

#include "../../../support/image_files.h"
#include "../../../support/seeded_random.h"

namespace visionshard::codec {
namespace {

using Samples = std::vector<std::uint8_t>;

Pixels decode(const std::string& file) {
  const auto structure = read_png_structure(as_bytes(file));
  EXPECT_TRUE(structure) << structure.error().detail;
  auto pixels = decode_png(as_bytes(file), *structure);
  EXPECT_TRUE(pixels) << pixels.error().detail;
  return std::move(*pixels);
}

std::uint8_t scaled_16(unsigned v) { return static_cast<std::uint8_t>((v * 255 + 32767) / 65535); }

TEST(PngDecode, ScalesEverySixteenBitValueToTheNearestEightBitOne) {
  Samples rows;
  for (unsigned v = 0; v < 65536; ++v) {
    rows.push_back(static_cast<std::uint8_t>(v >> 8));
    rows.push_back(static_cast<std::uint8_t>(v & 0xFF));
  }
  const Pixels gray = decode(test::png_file({256, 256, 0, 16}, rows));
  ASSERT_EQ(gray.channels, 3u);
  const Pixels rgba = decode(test::png_file({128, 128, 6, 16}, rows));
  ASSERT_EQ(rgba.channels, 4u);
  for (unsigned v = 0; v < 65536; ++v) {
    for (unsigned k = 0; k < 3; ++k) ASSERT_EQ(std::to_integer<unsigned>(gray.data.data()[3 * v + k]), scaled_16(v));
    ASSERT_EQ(std::to_integer<unsigned>(rgba.data.data()[v]), scaled_16(v));
  }
}

TEST(PngDecode, SpreadsLowDepthsOverTheWholeRange) {
  for (const int depth : {1, 2, 4}) {
    const unsigned values = 1u << depth, per_byte = 8u / static_cast<unsigned>(depth);
    Samples rows(values / per_byte + (values < per_byte ? 1 : 0), 0);
    for (unsigned v = 0; v < values; ++v)
      rows[v / per_byte] |= static_cast<std::uint8_t>(v << (8 - static_cast<unsigned>(depth) * (v % per_byte + 1)));
    const Pixels pixels = decode(test::png_file({values, 1, 0, depth}, rows));
    ASSERT_EQ(pixels.channels, 3u);
    for (unsigned v = 0; v < values; ++v) EXPECT_EQ(pixels.row(0)[3 * v], v * 255 / (values - 1)) << depth;
  }
}

TEST(PngDecode, ReadsPalettesWithAndWithoutTransparency) {
  test::PngShape shape{4, 1, 3, 8};
  shape.palette = {{1, 2, 3}, {250, 0, 7}, {9, 9, 9}};
  const Pixels opaque = decode(test::png_file(shape, {0, 1, 2, 0}));
  EXPECT_EQ(test::samples_of(opaque), std::string("\x01\x02\x03\xFA\x00\x07\x09\x09\x09\x01\x02\x03", 12));
  shape.palette_alpha = {0, 128};
  const Pixels clear = decode(test::png_file(shape, {0, 1, 2, 0}));
  EXPECT_EQ(test::samples_of(clear), std::string("\x01\x02\x03\0\xFA\x00\x07\x80\x09\x09\x09\xFF\x01\x02\x03\0", 16));
}

TEST(PngDecode, ReadsInterlacedPictures) {
  const Pixels picture = test::noise(17, 11, 3, 1);
  const auto* const data = reinterpret_cast<const std::uint8_t*>(picture.data.data());
  const std::string file = test::png_file({17, 11, 2, 8, true}, {data, data + picture.data.size()});
  EXPECT_EQ(test::samples_of(decode(file)), test::samples_of(picture));
}

TEST(PngDecode, TellsAWrongAdlerChecksum) {
  std::string file = test::png_file(test::noise(9, 9, 3, 1));
  const std::size_t data = file.find("IDAT"), end = file.find("IEND") - 8;
  file[end - 1] = static_cast<char>(file[end - 1] ^ 1);
  const auto crc = static_cast<std::uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(file.data()) + data, static_cast<uInt>(end - data)));
  for (unsigned i = 0; i < 4; ++i) file[end + i] = static_cast<char>(crc >> (24 - 8 * i) & 0xFF);
  const auto structure = read_png_structure(as_bytes(file));
  ASSERT_TRUE(structure) << "the chunk's own checksum is right";
  const auto pixels = decode_png(as_bytes(file), *structure);
  ASSERT_FALSE(pixels);
  EXPECT_EQ(pixels.error().code, FaultCode::corrupt_image);
}

TEST(PngEncode, IsReadBackAsTheSamePicture) {
  for (const std::uint32_t channels : {3u, 4u})
    for (const std::uint32_t width : {1u, 2u, 3u, 7u, 16u, 33u, 130u})
      for (const std::uint32_t height : {1u, 2u, 5u, 17u, 40u, 140u})
        for (const int level : {1, 2, 9, 12}) {
          const unsigned seed = width * height;
          for (const Pixels& picture :
               {test::photograph(width, height, seed, channels), test::noise(width, height, channels, seed)}) {
            const std::string file(as_text(encode_png(picture, level)));
            const Pixels back = test::png_pixels(file);
            ASSERT_EQ(back.channels, channels);
            ASSERT_EQ(test::samples_of(back), test::samples_of(picture)) << width << " x " << height;
          }
        }
}

// By every choice of filters.
TEST(PngEncode, InPlaceFitsOrLeavesThePictureAsItWas) {
  for (const std::uint32_t channels : {3u, 4u})
    for (const std::uint32_t width : {1u, 7u, 33u, 130u})
      for (const std::uint32_t height : {1u, 17u, 140u})
        for (const auto filters :
             {RowFilters::none, RowFilters::sub, RowFilters::up, RowFilters::paeth, RowFilters::min_sum}) {
          const PngCoding coding{filters, 3};
          Pixels picture = test::photograph(width, height, width * height, channels);
          const auto samples = test::samples_of(picture);
          // Signature, header, and the frames of three chunks.
          const std::size_t bytes = png_data_bytes(picture, coding) + 8 + 13 + 3 * 12;
          ASSERT_FALSE(encode_png_in_place(picture, coding, {}, bytes - 1));
          ASSERT_EQ(test::samples_of(picture), samples);
          // libdeflate wants some more bytes than it writes.
          const auto file = encode_png_in_place(picture, coding, {}, bytes + 16);
          ASSERT_TRUE(file);
          EXPECT_EQ(file->size(), bytes);
          ASSERT_EQ(test::samples_of(test::png_pixels(std::string(as_text(*file)))), samples);
        }
}

TEST(PngEncode, KeepsTheColorUnderTransparentPixels) {
  Pixels picture = test::noise(8, 8, 4, 3);
  for (std::size_t i = 3; i < picture.data.size(); i += 4) picture.data.data()[i] = std::byte{0};
  EXPECT_EQ(test::samples_of(test::png_pixels(std::string(as_text(encode_png(picture, 2))))),
            test::samples_of(picture));
}

std::string chunk(const std::string& type, const std::string& data) {
  const std::string body = type + data;
  const auto crc =
      static_cast<std::uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size())));
  const auto be32 = [](std::size_t v) {
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(v >> shift & 0xFF);
    return out;
  };
  return be32(data.size()) + body + be32(crc);
}

TEST(StillPng, IsTheFileWithoutItsAnimation) {
  const std::string still = test::png_file(test::photograph(6, 5, 1));
  const std::size_t data = still.find("IDAT") - 4, end = still.find("IEND") - 4;
  const std::string text = chunk("tEXt", std::string("a\0b", 3));
  const std::string animated = still.substr(0, data) + chunk("acTL", std::string(8, '\1')) + text +
                               chunk("fcTL", std::string(26, '\0')) + still.substr(data, end - data) +
                               chunk("fcTL", std::string(26, '\1')) + chunk("fdAT", "xxxxxxxx") + still.substr(end);
  const auto structure = read_png_structure(as_bytes(animated));
  ASSERT_TRUE(structure);
  EXPECT_TRUE(structure->info.animated);
  EXPECT_EQ(as_text(still_png(as_bytes(animated), *structure)), still.substr(0, data) + text + still.substr(data));
}

TEST(StillPng, LeavesOutDamagedMetadataOnly) {
  const std::string still = test::png_file(test::photograph(6, 5, 1));
  const std::size_t data = still.find("IDAT") - 4;
  const std::string sound = chunk("tEXt", std::string("a\0b", 3));
  std::string damaged = chunk("zTXt", "broken");
  damaged.back() = static_cast<char>(damaged.back() ^ 1);
  const std::string file = still.substr(0, data) + damaged + sound + still.substr(data);
  const auto structure = read_png_structure(as_bytes(file));
  ASSERT_TRUE(structure);
  EXPECT_TRUE(structure->info.damaged_metadata);
  EXPECT_EQ(as_text(still_png(as_bytes(file), *structure)), still.substr(0, data) + sound + still.substr(data));
}

TEST(ColorChunks, LoseAProfileThatIsNone) {
  const std::string still = test::png_file(test::photograph(6, 5, 1));
  const std::size_t data = still.find("IDAT") - 4;
  const std::string file = still.substr(0, data) + chunk("iCCP", std::string("x\0\0data", 7)) + still.substr(data);
  bool dropped = false;
  EXPECT_EQ(as_text(color_chunks(as_bytes(file), read_png_structure(as_bytes(file)).value(), false, dropped)), "");
  EXPECT_TRUE(dropped);
}

TEST(ColorChunks, StayUnlessTheyAreForGray) {
  const std::string still = test::png_file(test::photograph(6, 5, 1));
  const std::size_t data = still.find("IDAT") - 4;
  std::string icc(132, '\0');
  icc.replace(36, 4, "acsp");  // the signature every ICC profile has
  std::string packed(compressBound(icc.size()), '\0');
  uLongf packed_bytes = packed.size();
  compress(reinterpret_cast<Bytef*>(packed.data()), &packed_bytes, reinterpret_cast<const Bytef*>(icc.data()),
           icc.size());
  const std::string gamma = chunk("gAMA", std::string("\0\1\x86\xA0", 4));
  const std::string profile = chunk("iCCP", std::string("x\0\0", 3) + packed.substr(0, packed_bytes));
  const std::string file =
      still.substr(0, data) + gamma + profile + chunk("tEXt", std::string("a\0b", 3)) + still.substr(data);
  const auto structure = read_png_structure(as_bytes(file));
  ASSERT_TRUE(structure);
  bool dropped = true;
  EXPECT_EQ(as_text(color_chunks(as_bytes(file), *structure, false, dropped)), gamma + profile);
  EXPECT_FALSE(dropped);
  EXPECT_EQ(as_text(color_chunks(as_bytes(file), *structure, true, dropped)), gamma);
  EXPECT_TRUE(dropped);
}

}  // namespace
}  // namespace visionshard::codec
