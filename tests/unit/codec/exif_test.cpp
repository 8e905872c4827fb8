#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "../../support/seeded_random.h"
#include "codec/orientation.h"

namespace visionshard::codec {
namespace {

using namespace std::string_literals;

unsigned orientation_of(const std::string& tiff) {
  const std::unique_ptr<std::byte[]> exact(new std::byte[tiff.size()]);
  std::copy_n(as_bytes(tiff).data(), tiff.size(), exact.get());
  return exif_orientation({exact.get(), tiff.size()}).value_or(1);
}

std::string entry(bool little, unsigned tag, unsigned value) {
  const auto u16 = [&](unsigned v) {
    const char low = static_cast<char>(v & 0xFF), high = static_cast<char>(v >> 8);
    return little ? std::string{low, high} : std::string{high, low};
  };
  return u16(tag) + u16(3) + (little ? "\x01\0\0\0"s : "\0\0\0\x01"s) + u16(value) + "\0\0"s;
}

// A header, a directory at byte 8 of width, orientation and resolution unit.
std::string tiff_with(bool little, unsigned orientation) {
  return (little ? "II*\0\x08\0\0\0\x03\0"s : "MM\0*\0\0\0\x08\0\x03"s) + entry(little, 0x0100, 640) +
         entry(little, 0x0112, orientation) + entry(little, 0x0128, 2) + "\0\0\0\0"s;
}

TEST(ExifOrientation, IsReadInBothByteOrders) {
  for (const bool little : {true, false})
    for (unsigned orientation = 1; orientation <= 8; ++orientation)
      EXPECT_EQ(orientation_of(tiff_with(little, orientation)), orientation);
}

TEST(ExifOrientation, IsOneWhereTheValueIsImpossible) {
  for (const bool little : {true, false})
    for (const unsigned orientation : {0u, 9u, 255u, 256u, 65535u})
      EXPECT_EQ(orientation_of(tiff_with(little, orientation)), 1u);
}

// Neither Pillow nor ImageMagick turns a picture by such an entry.
TEST(ExifOrientation, IsOneWhereTheEntryIsOfAnotherTypeOrOfSeveralValues) {
  constexpr std::size_t type_at = 10 + 12 + 2, count_at = type_at + 2;
  for (const char type : {'\x00', '\x02', '\x05', '\x0C', '\xE7'}) {
    std::string tiff = tiff_with(true, 6);
    tiff[type_at] = type;
    EXPECT_EQ(orientation_of(tiff), 1u) << static_cast<int>(type);
  }
  for (const char count : {'\x02', '\x97'}) {
    std::string tiff = tiff_with(true, 6);
    tiff[count_at] = count;
    EXPECT_EQ(orientation_of(tiff), 1u) << static_cast<int>(count);
  }
}

TEST(ExifOrientation, IsOneWhereTheStructureEndsBeforeItsEntry) {
  for (const bool little : {true, false}) {
    const std::string tiff = tiff_with(little, 6);
    for (std::size_t size = 0; size <= tiff.size(); ++size) {
      constexpr std::size_t behind_entry = 10 + 2 * 12;
      EXPECT_EQ(orientation_of(tiff.substr(0, size)), size >= behind_entry ? 6u : 1u) << size;
    }
  }
}

TEST(ExifOrientation, IsOneWhereTheDirectoryLiesOutside) {
  for (const char* const offset : {"\xFF\xFF\xFF\xFF", "\x2A\0\0\0", "\xFE\xFF\xFF\x7F"}) {
    std::string tiff = tiff_with(true, 6);
    tiff.replace(4, 4, offset, 4);
    EXPECT_EQ(orientation_of(tiff), 1u);
  }
}

TEST(ExifOrientation, IsAlwaysOneOfEightHoweverTheStructureIsDamaged) {
  test::SeededRandom random(1);
  for (int i = 0; i < 50'000; ++i) {
    std::string tiff = tiff_with(random.one_in(2), static_cast<unsigned>(random.between(1, 8)));
    for (std::size_t n = random.between(1, 3); n > 0; --n) tiff[random.below(tiff.size())] = random.byte();
    tiff.resize(random.between(0, tiff.size()));
    const unsigned orientation = orientation_of(tiff);
    ASSERT_TRUE(orientation >= 1 && orientation <= 8);
  }
}

TEST(ExifOrientation, IsReadAfterTheIdentifierOfASegment) {
  for (const auto* const prefix : {"Exif\0\0", "Exif\0\0Exif\0\0"})
    EXPECT_EQ(orientation_of(std::string(prefix, prefix[6] == 'E' ? 12 : 6) + tiff_with(false, 6)), 6u);
}

TEST(XmpOrientation, IsReadAsAttributeAndAsElement) {
  for (const char* const form :
       {R"(<rdf:Description tiff:Orientation="6"/>)", R"(<rdf:Description tiff:Orientation='6'/>)",
        R"(<rdf:Description tiff:Orientation = "6"/>)", "<tiff:Orientation>6</tiff:Orientation>",
        "<tiff:Orientation>\n  6\n</tiff:Orientation>", "<tiff:Orientation >6</tiff:Orientation>",
        R"(<x stEvt:changed="tiff:Orientation; tiff:Make"/><tiff:Orientation>6</tiff:Orientation>)"})
    EXPECT_EQ(xmp_orientation(as_bytes(form)), 6) << form;
}

TEST(XmpOrientation, IsOneWhereTheValueIsImpossibleAndNothingWhereThereIsNone) {
  for (const char* const form : {R"(<x tiff:Orientation="0"/>)", R"(<x tiff:Orientation="9"/>)",
                                 R"(<x tiff:Orientation="16"/>)", "<tiff:Orientation>9</tiff:Orientation>"})
    EXPECT_EQ(xmp_orientation(as_bytes(form)), 1) << form;
  for (const char* const form : {"", "tiff:Orientation", "tiff:Orientation=", "tiff:Orientation=6",
                                 "<tiff:Orientation/>", R"(<x tiff:OrientationKind="6"/>)"})
    EXPECT_EQ(xmp_orientation(as_bytes(form)), std::nullopt) << form;
}

// As Pillow's exif_transpose has it.
TEST(MetadataOrientation, IsThatOfExifWhereExifSaysOneElseThatOfXmp) {
  const std::string xmp = R"(<x tiff:Orientation="8"/>)";
  const auto both = [&](const std::string& exif) {
    MetadataOrientation orientation;
    orientation.read_xmp(as_bytes(xmp));
    orientation.read_exif(as_bytes(exif));
    return orientation.value();
  };
  EXPECT_EQ(both(tiff_with(true, 6)), 6);
  EXPECT_EQ(both(tiff_with(true, 1)), 1);
  EXPECT_EQ(both("II*\0\x08\0\0\0\x01\0"s + entry(true, 0x0100, 640)), 8);
  EXPECT_EQ(both("garbage"), 8);
  EXPECT_EQ(MetadataOrientation().value(), 1);
}

}  // namespace
}  // namespace visionshard::codec
