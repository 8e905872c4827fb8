#include "image/codec_self_test.h"

#include <gtest/gtest.h>

#include <set>

#include "codec/image_info.h"
#include "image/self_test_pictures.h"

namespace visionshard::image {
namespace {

TEST(CodecSelfTest, GivesTheSameDigestEachTime) {
  const std::string digest = codec_self_test_digest(JpegXl::decoded);
  EXPECT_EQ(digest.size(), 64u);
  EXPECT_EQ(digest.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_EQ(codec_self_test_digest(JpegXl::decoded), digest);
  EXPECT_NE(codec_self_test_digest(JpegXl::left_out), digest);
}

TEST(CodecSelfTest, ReadsAPictureOfEachFormat) {
  std::set<codec::Format> formats;
  for (const SelfTestPicture& picture : self_test_pictures()) {
    const auto info = codec::probe(picture.file);
    // A build may lack the decoder of JPEG 2000.
    if (info) formats.insert(info->format);
  }
  for (const codec::Format format : {codec::Format::jpeg, codec::Format::png, codec::Format::webp, codec::Format::gif,
                                     codec::Format::bmp, codec::Format::tiff, codec::Format::netpbm})
    EXPECT_TRUE(formats.contains(format)) << static_cast<int>(format);
}

}  // namespace
}  // namespace visionshard::image
