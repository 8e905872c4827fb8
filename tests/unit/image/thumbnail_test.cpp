#include "image/thumbnail.h"

#include <gtest/gtest.h>

#include "../../support/image_files.h"
#include "codec/jpeg/jpeg.h"

namespace visionshard::image {
namespace {

// Only the first scan of a progressive file is decoded: the file that is read is shorter than the one that is
// described.
TEST(Thumbnail, ShowsAProgressiveJpegAsItShowsASequentialOne) {
  const codec::Pixels picture = test::photograph(2000, 1400, 3);
  std::vector<codec::Pixels> shown;
  for (const bool progressive : {false, true}) {
    test::JpegShape shape;
    shape.quality = 90;
    shape.progressive = progressive;
    const std::string file = test::jpeg_file(picture, shape);
    const ByteView bytes = as_bytes(file);
    const auto info = codec::probe(bytes);
    ASSERT_TRUE(info);
    const auto made = thumbnail(bytes, *info);
    ASSERT_TRUE(made);
    EXPECT_EQ(made->width, 160u);
    EXPECT_EQ(made->height, 112u);
    codec::JpegSource source;
    auto pixels = codec::decode_jpeg(made->jpeg.view(), source, made->width, made->height);
    ASSERT_TRUE(pixels);
    shown.push_back(std::move(*pixels));
  }
  double difference = 0;
  for (std::size_t i = 0; i < shown[0].data.size(); ++i)
    difference += std::abs(static_cast<int>(shown[0].data.data()[i]) - static_cast<int>(shown[1].data.data()[i]));
  // libjpeg's first scan leaves the last bit of each mean to a later one.
  EXPECT_LT(difference / static_cast<double>(shown[0].data.size()), 4.0);
}

}  // namespace
}  // namespace visionshard::image
