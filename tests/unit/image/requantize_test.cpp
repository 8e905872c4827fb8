#include "image/requantize.h"

#include <gtest/gtest.h>

#include <cmath>

#include "../../support/image_files.h"
#include "codec/image_info.h"
#include "codec/jpeg/jpeg.h"
#include "codec/jpeg/scan.h"

namespace visionshard::image {
namespace {

double psnr(const codec::Pixels& a, const codec::Pixels& b) {
  EXPECT_EQ(a.data.size(), b.data.size());
  double sum = 0;
  for (std::size_t i = 0; i < a.data.size(); ++i) {
    const double d = std::to_integer<int>(a.data.data()[i]) - std::to_integer<int>(b.data.data()[i]);
    sum += d * d;
  }
  return 10 * std::log10(255.0 * 255.0 * static_cast<double>(a.data.size()) / std::max(sum, 1e-9));
}

struct Result {
  std::optional<Recoded> recoded;
  unsigned tries = 0;
};

Result recoded(const std::string& file, std::uint64_t limit_bytes, int min_quality = 60, bool may_requantize = true) {
  Result result;
  const auto structure = codec::read_jpeg_structure(as_bytes(file));
  EXPECT_TRUE(structure);
  auto found = recoded_jpeg(as_bytes(file), *structure, {}, {limit_bytes, min_quality, may_requantize}, result.tries);
  EXPECT_TRUE(found) << found.error().detail;
  result.recoded = std::move(*found);
  return result;
}

TEST(Requantize, FillsTheLimitWithFewTries) {
  unsigned tries = 0, pictures = 0;
  for (unsigned seed = 1; seed <= 12; ++seed) {
    const std::string file =
        test::jpeg_file(test::photograph(500, 400, seed), seed % 2 == 0 ? 97 : 92, seed % 3 == 0 ? 1 : 2, 1);
    for (const double share : {0.35, 0.5, 0.65, 0.8, 0.95}) {
      const auto limit = static_cast<std::uint64_t>(share * static_cast<double>(file.size()));
      const Result result = recoded(file, limit, 40);
      ASSERT_TRUE(result.recoded) << share << ", seed " << seed;
      EXPECT_LE(result.recoded->bytes.size(), limit);
      EXPECT_GE(result.recoded->bytes.size(), limit * 85 / 100) << share << ", seed " << seed;
      EXPECT_LE(result.tries, 4u);
      tries += result.tries;
      ++pictures;
    }
  }
  EXPECT_LE(tries, 2 * pictures);
}

// Most of a large file is not looked at before it is written. libjpeg says what is damaged.
TEST(Requantize, RefusesALargeFileWithDamageAnywhere) {
  const std::string file = test::jpeg_file(test::noise(1500, 1500, 3, 2), 92);
  ASSERT_GT(file.size(), 2u << 20);
  unsigned refused = 0;
  for (std::size_t part = 1; part < 12; ++part) {
    std::string damaged = file;
    damaged.erase(file.size() * part / 12, 500);
    const auto structure = codec::read_jpeg_structure(as_bytes(damaged));
    ASSERT_TRUE(structure);
    unsigned tries = 0;
    const auto found = recoded_jpeg(as_bytes(damaged), *structure, {}, {file.size() / 2, 60, true}, tries);
    EXPECT_EQ(found.has_value(), codec::verify_jpeg(as_bytes(damaged)).has_value()) << part;
    if (found) continue;
    EXPECT_EQ(found.error().code, FaultCode::corrupt_image) << part;
    ++refused;
  }
  EXPECT_GT(refused, 5u);
}

TEST(Requantize, KeepsTheCoefficientsWhereBetterCodingIsEnough) {
  const std::string file = test::jpeg_file(test::photograph(500, 400, 4), 90);
  const auto source = test::jpeg_planes(file);
  const Result result = recoded(file, file.size() - 500);
  ASSERT_TRUE(result.recoded);
  EXPECT_EQ(result.recoded->how, Conversion::shrunk_lossless);
  EXPECT_EQ(test::jpeg_planes(std::string(as_text(result.recoded->bytes))).samples, source.samples);
}

// Codes made for the picture in one scan are not enough; scans of bands are.
TEST(Requantize, KeepsTheCoefficientsWhereProgressiveScansAreEnough) {
  for (const int sampling : {1, 2}) {
    const std::string file = test::jpeg_file(test::photograph(1200, 900, 4), 95, sampling, sampling);
    const auto structure = codec::read_jpeg_structure(as_bytes(file));
    const auto scan = codec::JpegScan::read(as_bytes(file), *structure);
    const auto bytes = scan->written_progressively(false, UINT64_MAX)->bytes.size();
    const auto sequential = scan->written(codec::steps_of(scan->sample(), 100), false, UINT64_MAX)->bytes.size();
    ASSERT_LT(bytes, sequential * 98 / 100);
    const Result result = recoded(file, bytes + bytes / 100);
    ASSERT_TRUE(result.recoded);
    EXPECT_EQ(result.recoded->how, Conversion::shrunk_lossless);
    EXPECT_EQ(result.tries, 1u);
    EXPECT_EQ(test::jpeg_coefficients(std::string(as_text(result.recoded->bytes))), test::jpeg_coefficients(file));
  }
}

// The pictures are held against the source: what decoding and encoding loses at the same size is the measure.
TEST(Requantize, LosesNoMoreThanDecodingAndEncodingAtTheSameSize) {
  for (unsigned seed = 1; seed <= 6; ++seed) {
    const std::string file = test::jpeg_file(test::photograph(480, 320, seed), 97, seed % 2 == 0 ? 1 : 2, 1);
    codec::JpegSource source;
    const auto pixels = codec::decode_jpeg(as_bytes(file), source);
    for (const int quality : {93, 85, 75}) {
      const auto encoded = codec::encode_jpeg(*pixels, quality, source.sampling);
      const Result result = recoded(file, encoded->size(), 20);
      ASSERT_TRUE(result.recoded);
      const auto after_encode = codec::decode_jpeg(*encoded, source);
      const auto after_requantize = codec::decode_jpeg(result.recoded->bytes, source);
      EXPECT_GT(psnr(*pixels, *after_requantize), psnr(*pixels, *after_encode) - 0.3) << quality << ", seed " << seed;
    }
  }
}

TEST(Requantize, DoesNotGoBelowTheLeastQuality) {
  const std::string file = test::jpeg_file(test::photograph(400, 300, 2), 95);
  EXPECT_FALSE(recoded(file, file.size() / 8, 90).recoded);
  EXPECT_FALSE(recoded(file, file.size() / 2, 60, false).recoded);
}

TEST(Requantize, TellsDamageWhereItReads) {
  std::string file = test::jpeg_file(test::photograph(200, 150, 2), 95);
  file.erase(file.size() / 2, file.size() / 4);
  const auto structure = codec::read_jpeg_structure(as_bytes(file));
  ASSERT_TRUE(structure);
  unsigned tries = 0;
  const auto refused = recoded_jpeg(as_bytes(file), *structure, {}, {.max_bytes = file.size() / 2}, tries);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, FaultCode::corrupt_image);
}

}  // namespace
}  // namespace visionshard::image
