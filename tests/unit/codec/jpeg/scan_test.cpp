#include "codec/jpeg/scan.h"

#include <gtest/gtest.h>

#include "../../../support/image_files.h"
#include "../../../support/seeded_random.h"

namespace visionshard::codec {
namespace {

std::optional<JpegScan> scan_of(const std::string& file) {
  // Kept for as long as the scan refers to it.
  static std::vector<std::unique_ptr<JpegStructure>> structures;
  auto structure = read_jpeg_structure(as_bytes(file));
  if (!structure) return std::nullopt;
  structures.push_back(std::make_unique<JpegStructure>(std::move(*structure)));
  return JpegScan::read(as_bytes(file), *structures.back());
}

std::string rewritten(const JpegScan& scan) {
  const auto written = scan.written(steps_of(scan.sample(), 100), false, UINT64_MAX);
  return written ? std::string(as_text(written->bytes)) : "";
}

std::string rewritten_progressively(const JpegScan& scan, bool keep_profile = false) {
  const auto written = scan.written_progressively(keep_profile, UINT64_MAX);
  return written ? std::string(as_text(written->bytes)) : "";
}

bool is_progressive(const std::string& file) {
  const auto structure = read_jpeg_structure(as_bytes(file));
  return structure && structure->progressive;
}

TEST(JpegScan, KeepsEverySampleWithTheSourcesSteps) {
  for (const auto& [across, down] : {std::pair{1, 1}, {2, 1}, {1, 2}, {2, 2}, {4, 1}, {1, 4}, {4, 2}})
    for (const unsigned restart_interval : {0u, 1u, 7u})
      for (const auto& [width, height] : {std::pair{1u, 1u}, {8u, 8u}, {17u, 33u}, {150u, 75u}})
        for (const int quality : {35, 90, 100}) {
          const std::string file =
              test::jpeg_file({width, height, 3, quality, false, restart_interval, across, down}, width + height);
          const auto scan = scan_of(file);
          ASSERT_TRUE(scan) << width << " x " << height << ", " << across << down << ", " << restart_interval;
          EXPECT_EQ(test::jpeg_planes(rewritten(*scan)).samples, test::jpeg_planes(file).samples);
          const std::string progressive = rewritten_progressively(*scan);
          EXPECT_TRUE(is_progressive(progressive));
          EXPECT_EQ(test::jpeg_coefficients(progressive), test::jpeg_coefficients(file))
              << width << " x " << height << ", " << across << down << ", " << restart_interval << ", " << quality;
          EXPECT_EQ(test::jpeg_planes(progressive).samples, test::jpeg_planes(file).samples);
        }
}

TEST(JpegScan, KeepsTheCoefficientsOfAnyPictureInProgressiveScans) {
  test::SeededRandom random(11);
  for (unsigned i = 0; i < 150; ++i) {
    const auto width = static_cast<std::uint32_t>(random.between(1, 200)),
               height = static_cast<std::uint32_t>(random.between(1, 200));
    const Pixels picture = i % 2 == 0 ? test::noise(width, height, 3, i) : test::photograph(width, height, i);
    const std::string file =
        test::jpeg_file(picture, static_cast<int>(random.between(1, 100)), static_cast<int>(random.between(1, 2)),
                        static_cast<int>(random.between(1, 2)));
    const auto scan = scan_of(file);
    ASSERT_TRUE(scan);
    ASSERT_EQ(test::jpeg_coefficients(rewritten_progressively(*scan)), test::jpeg_coefficients(file)) << i;
  }
}

// A run of blocks with nothing in a band ends at 32,767 (T.81 G.1.2.2).
TEST(JpegScan, KeepsAPictureOfMoreEmptyBlocksThanARunCanHave) {
  Pixels flat(2000, 1600, 3);
  std::memset(flat.data.data(), 90, flat.data.size());
  flat.row(1590)[3 * 1990] = 255;
  const std::string file = test::jpeg_file(flat, 95, 1, 1);
  const auto scan = scan_of(file);
  ASSERT_TRUE(scan);
  EXPECT_EQ(test::jpeg_coefficients(rewritten_progressively(*scan)), test::jpeg_coefficients(file));
}

// libjpeg reads such a file; T.81 B.2.4.1 has steps above 0.
TEST(JpegScan, LeavesAFileWithAStepOfZeroToLibjpeg) {
  std::string file = test::jpeg_file({64, 64, 3, 90}, 5);
  ASSERT_TRUE(scan_of(file));
  const std::size_t table = file.find("\xFF\xDB");
  file[table + 5 + 10] = 0;
  EXPECT_FALSE(scan_of(file));
}

TEST(JpegScan, KeepsAProfileWhereItShould) {
  const std::string profile = std::string("\xFF\xE2\0\x14ICC_PROFILE\0\1\1abcd", 22);
  test::JpegShape shape{40, 30};
  shape.segments = profile;
  const std::string file = test::jpeg_file(shape);
  const auto scan = scan_of(file);
  ASSERT_TRUE(scan);
  EXPECT_NE(rewritten_progressively(*scan, true).find(profile), std::string::npos);
  EXPECT_EQ(rewritten_progressively(*scan, false).find("ICC_PROFILE"), std::string::npos);
}

TEST(JpegScan, PredictsTheSizeOfItsProgressiveScans) {
  for (unsigned seed = 1; seed <= 6; ++seed) {
    const std::string file =
        test::jpeg_file(test::photograph(900, 700, seed), 88 + static_cast<int>(seed) * 2, seed % 2 == 0 ? 1 : 2, 1);
    const auto scan = scan_of(file);
    const auto bytes = static_cast<double>(rewritten_progressively(*scan).size());
    EXPECT_NEAR(predicted_progressive_bytes(scan->sample()), bytes, bytes * 0.02 + 2500) << seed;
  }
}

// With grain, in the upper part finer than below, and a strip of one color. Large enough to be sampled in places.
Pixels varied_picture(std::uint32_t side, unsigned seed) {
  Pixels picture = test::photograph(side, side, seed);
  const Pixels grain = test::noise(side, side, 3, seed);
  for (std::size_t i = 0; i < picture.data.size(); ++i) {
    std::uint8_t& sample = picture.row(0)[i];
    const int weight = i < picture.data.size() / 3 ? 1 : 4;
    sample = static_cast<std::uint8_t>((sample * (16 - weight) + grain.row(0)[i] * weight) / 16);
  }
  std::memset(picture.row(side / 4), 200, side / 16 * picture.stride());
  return picture;
}

TEST(JpegScan, PredictsTheSizeOfALargeFileFromPlacesInItsData) {
  const Pixels picture = varied_picture(2400, 4);
  for (const auto& [across, down] : {std::pair{1, 1}, {2, 1}, {2, 2}, {4, 2}}) {
    const std::string file = test::jpeg_file(picture, 98, across, down);
    ASSERT_GT(file.size(), 3u << 20) << "no large file";
    const auto scan = scan_of(file);
    ASSERT_TRUE(scan);
    for (const double coarser : {100.0, 80.0}) {
      const auto steps = steps_of(scan->sample(), coarser);
      const auto bytes = static_cast<double>(scan->written(steps, false, UINT64_MAX)->bytes.size());
      EXPECT_NEAR(predicted_bytes(scan->sample(), steps), bytes, bytes * 0.015) << across << down << ", " << coarser;
    }
  }
}

TEST(JpegScan, KeepsNoise) {
  const std::string file = test::jpeg_file(test::noise(300, 200, 3, 5), 100, 1, 1);
  const auto scan = scan_of(file);
  ASSERT_TRUE(scan);
  EXPECT_EQ(test::jpeg_planes(rewritten(*scan)).samples, test::jpeg_planes(file).samples);
}

TEST(JpegScan, LeavesOtherKindsToLibjpeg) {
  EXPECT_FALSE(scan_of(test::jpeg_file({40, 40, 1})));
  EXPECT_FALSE(scan_of(test::jpeg_file({40, 40, 4})));
  EXPECT_FALSE(scan_of(test::jpeg_file({40, 40, 3, 90, true})));
}

TEST(JpegScan, StopsAtTheLimitAndTellsWhatTheWholeWouldTake) {
  const std::string file = test::jpeg_file(test::photograph(600, 400, 2), 95, 1, 1);
  const auto scan = scan_of(file);
  const auto steps = steps_of(scan->sample(), 100);
  const auto whole = scan->written(steps, false, UINT64_MAX);
  const auto cut = scan->written(steps, false, whole->bytes.size() / 2);
  ASSERT_TRUE(whole && cut);
  EXPECT_TRUE(cut->bytes.empty());
  EXPECT_TRUE(scan->written_progressively(false, whole->bytes.size() / 2)->bytes.empty());
  EXPECT_NEAR(cut->whole_bytes, static_cast<double>(whole->bytes.size()), static_cast<double>(whole->bytes.size()) / 4);
}

// What it takes of a damaged file is what libjpeg makes of it; the rest it leaves to libjpeg.
TEST(JpegScan, TakesNothingOfADamagedFileThatLibjpegReadsOtherwise) {
  const std::string file = test::jpeg_file({120, 90, 3, 85, false, 5}, 3);
  test::SeededRandom random(7);
  unsigned taken = 0;
  for (int i = 0; i < 2000; ++i) {
    std::string damaged = file;
    damaged[random.between(file.size() / 3, file.size() - 3)] = static_cast<char>(random.below(256));
    const auto scan = scan_of(damaged);
    if (!scan) continue;
    const std::string again = rewritten(*scan);
    if (again.empty()) continue;
    ++taken;
    // jpeg_planes fails the test where libjpeg complains; of what the damage left after the last block it may.
    ASSERT_EQ(test::jpeg_planes(again).samples, test::jpeg_planes(damaged, true).samples) << i;
    ASSERT_EQ(test::jpeg_planes(rewritten_progressively(*scan)).samples, test::jpeg_planes(damaged, true).samples) << i;
  }
  EXPECT_GT(taken, 10u);
}

// Damage that the places sampled do not show is found when the file is written.
TEST(JpegScan, TakesNothingOfALargeDamagedFileThatLibjpegReadsOtherwise) {
  const std::string file = test::jpeg_file(varied_picture(2000, 9), 98, 2, 1);
  ASSERT_GT(file.size(), 4u << 20);
  test::SeededRandom random(3);
  for (int i = 0; i < 15; ++i) {
    std::string damaged = file;
    const auto at = random.between(file.size() / 100, file.size() - 3);
    i % 3 == 0 ? damaged.erase(at, random.between(1, 2000)) : damaged.replace(at, 1, 1, static_cast<char>(i * 10));
    const auto scan = scan_of(damaged);
    const std::string again = scan ? rewritten(*scan) : "";
    if (again.empty()) continue;
    ASSERT_EQ(test::jpeg_planes(again).samples, test::jpeg_planes(damaged, true).samples) << i;
  }
}

}  // namespace
}  // namespace visionshard::codec
