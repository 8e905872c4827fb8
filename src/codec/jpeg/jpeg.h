// JPEG through libjpeg-turbo.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "codec/jpeg/size_model.h"
#include "codec/pixels.h"

namespace visionshard::codec {

/// The largest side that libjpeg writes (JPEG_MAX_DIMENSION).
inline constexpr std::uint32_t jpeg_max_side = 65500;

enum class ChromaSampling : std::uint8_t { full, half_width, half };  // 4:4:4, 4:2:2, 4:2:0

struct JpegSource {
  int quality = 75;  // 1 to 100, the libjpeg quality whose luminance table is nearest to the source's
  ChromaSampling sampling = ChromaSampling::half;
};

/// Decodes to RGB, or to CMYK where the file has four components (YCCK is taken back to CMYK; 0 is full ink), at the
/// smallest eighth of the file's size that is not below the one given: its transform then yields fewer samples a block,
/// which costs less and filters well. A warning that means lost data is corrupt_image. Throws std::bad_alloc.
ImageResult<Pixels> decode_jpeg(ByteView bytes, JpegSource& source, std::uint32_t min_width = UINT32_MAX,
                                std::uint32_t min_height = UINT32_MAX);

/// The libjpeg quality whose luminance table is nearest to the file's. Fault: corrupt_image.
ImageResult<int> jpeg_quality(ByteView bytes);

/// Decodes all rows and keeps none. Fault: corrupt_image.
ImageResult<void> verify_jpeg(ByteView bytes);

/// A still JPEG file. The result can be read back by any baseline decoder. Throws std::bad_alloc.
ImageResult<Bytes> encode_jpeg(const Pixels& rgb, int quality, ChromaSampling sampling);

/// The blocks of a sample of `rgb`'s rows (row_sample) at steps of 1, weighted to stand for the whole: by them sizes
/// are predicted and codes made without encoding the whole for it. Throws std::bad_alloc.
ImageResult<std::vector<SampledPlane>> sampled_planes(const Pixels& rgb, ChromaSampling sampling);

/// With `steps`, a table for each plane of `sample`, and Huffman codes made for the sample. Throws std::bad_alloc.
ImageResult<Bytes> encode_jpeg(const Pixels& rgb, ChromaSampling sampling, const std::vector<SampledPlane>& sample,
                               const std::vector<QuantTable>& steps);

}  // namespace visionshard::codec
