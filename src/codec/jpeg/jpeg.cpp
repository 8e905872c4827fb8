#include "codec/jpeg/jpeg.h"

#include <algorithm>
#include <cmath>

#include "codec/jpeg/compressor.h"
#include "codec/jpeg/entropy.h"
#include "codec/jpeg/library.h"
#include "codec/jpeg/quality.h"
#include "codec/jpeg/scan.h"

namespace visionshard::codec {
namespace {

class Decoder {
 public:
  explicit Decoder(ByteView bytes) : bytes_(bytes) { info_.err = &errors_.base; }
  ~Decoder() { jpeg_destroy_decompress(&info_); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  bool read_header() {
    if (setjmp(errors_.jump) != 0) return false;
    jpeg_create_decompress(&info_);
    jpeg_mem_src(&info_, as_uchar(bytes_), bytes_.size());
    jpeg_read_header(&info_, TRUE);
    const bool four = info_.num_components == 4;
    info_.out_color_space = four ? JCS_CMYK : JCS_RGB;
    return true;
  }

  // To eighths of the size. Decides output_width and output_height.
  bool scale_for(std::uint32_t min_width, std::uint32_t min_height) {
    if (setjmp(errors_.jump) != 0) return false;
    for (info_.scale_num = 1, info_.scale_denom = 8; info_.scale_num <= 8; ++info_.scale_num) {
      jpeg_calc_output_dimensions(&info_);
      if (info_.output_width >= min_width && info_.output_height >= min_height) return true;
    }
    info_.scale_num = info_.scale_denom = 1;
    jpeg_calc_output_dimensions(&info_);
    return true;
  }

  bool read_pixels(std::uint8_t* rows, std::size_t stride) {
    if (setjmp(errors_.jump) != 0) return false;
    jpeg_start_decompress(&info_);
    while (info_.output_scanline < info_.output_height) {
      JSAMPROW row = rows + stride * info_.output_scanline;
      jpeg_read_scanlines(&info_, &row, 1);
      if (errors_.lost_data) return false;
    }
    jpeg_finish_decompress(&info_);
    return !errors_.lost_data;
  }

  ImageFault fault() const { return errors_.fault(FaultCode::corrupt_image, "decoded"); }

  const jpeg_decompress_struct& info() const { return info_; }

 private:
  ByteView bytes_;
  jpeg_decompress_struct info_{};
  JpegErrors errors_;
};

ChromaSampling sampling_of(const jpeg_decompress_struct& info) {
  if (info.num_components < 3) return ChromaSampling::half;
  const auto& luma = info.comp_info[0];
  const auto& chroma = info.comp_info[1];
  if (luma.h_samp_factor < 2 * chroma.h_samp_factor) return ChromaSampling::full;
  return luma.v_samp_factor < 2 * chroma.v_samp_factor ? ChromaSampling::half_width : ChromaSampling::half;
}

int nearest_quality(const jpeg_decompress_struct& info) {
  // The number comes from the file; libjpeg checks it only when it decodes.
  const int table = info.comp_info[0].quant_tbl_no;
  const JQUANT_TBL* const steps = table >= 0 && table < NUM_QUANT_TBLS ? info.quant_tbl_ptrs[table] : nullptr;
  return steps != nullptr ? static_cast<int>(std::lround(quality_of(steps->quantval))) : JpegSource().quality;
}

struct EntropyCodes {
  JpegHuffmanTable dc[2], ac[2];
};

void set_table(JHUFF_TBL* out, const JpegHuffmanTable& table) {
  std::copy_n(table.codes_of_length.begin(), 16, out->bits + 1);
  std::copy_n(table.symbols.begin(), 256, out->huffval);
}

// Without `codes` those of T.81 annex K.
ImageResult<Bytes> compress(const Pixels& rgb, ChromaSampling sampling, const QuantTable& luminance,
                            const QuantTable& chrominance, const EntropyCodes* codes) {
  JpegCompressor compressor;
  return compressor.compress("encoded", [&](jpeg_compress_struct& info) {
    set_picture(info, rgb, JCS_RGB, sampling);
    for (int i = 0; i < 2; ++i) {
      unsigned steps[64];
      std::copy_n((i == 0 ? luminance : chrominance).begin(), 64, steps);
      jpeg_add_quant_table(&info, i, steps, 100, TRUE);
      if (codes == nullptr) continue;
      set_table(info.dc_huff_tbl_ptrs[i], codes->dc[i]);
      set_table(info.ac_huff_tbl_ptrs[i], codes->ac[i]);
    }
    write_rows(info, rgb);
  });
}

}  // namespace

ImageResult<Pixels> decode_jpeg(ByteView bytes, JpegSource& source, std::uint32_t min_width, std::uint32_t min_height) {
  Decoder decoder(bytes);
  if (!decoder.read_header() || !decoder.scale_for(min_width, min_height)) return tl::unexpected(decoder.fault());
  const auto& info = decoder.info();
  source.quality = nearest_quality(info);
  source.sampling = sampling_of(info);
  Pixels pixels(info.output_width, info.output_height, info.out_color_space == JCS_CMYK ? 4 : 3);
  if (!decoder.read_pixels(pixels.row(0), pixels.stride())) return tl::unexpected(decoder.fault());
  return pixels;
}

ImageResult<int> jpeg_quality(ByteView bytes) {
  Decoder decoder(bytes);
  if (!decoder.read_header()) return tl::unexpected(decoder.fault());
  return nearest_quality(decoder.info());
}

ImageResult<void> verify_jpeg(ByteView bytes) {
  Decoder decoder(bytes);
  if (!decoder.read_header()) return tl::unexpected(decoder.fault());
  Pixels row(decoder.info().image_width, 1, 4);
  if (!decoder.read_pixels(row.row(0), 0)) return tl::unexpected(decoder.fault());
  return {};
}

ImageResult<std::vector<SampledPlane>> sampled_planes(const Pixels& rgb, ChromaSampling sampling) {
  constexpr std::uint32_t share = 12;
  QuantTable ones;
  ones.fill(1);
  const Pixels rows = row_sample(rgb, std::max(8u, rgb.height / (16 * share)));
  const Bytes file = VISIONSHARD_TRY(compress(rows, sampling, ones, ones, nullptr));
  const auto structure = read_jpeg_structure(file);
  const auto scan = structure ? JpegScan::read(file, *structure) : std::nullopt;
  if (!scan) return image_fault(FaultCode::internal_error, "a JPEG just encoded cannot be read");
  std::vector<SampledPlane> planes = scan->sample();
  for (SampledPlane& plane : planes) {
    plane.weight *= static_cast<double>(rgb.height) / rows.height;
    plane.exact_source = true;
  }
  return planes;
}

ImageResult<Bytes> encode_jpeg(const Pixels& rgb, ChromaSampling sampling, const std::vector<SampledPlane>& sample,
                               const std::vector<QuantTable>& steps) {
  const SymbolCounts expected = counted_symbols(sample, steps);
  EntropyCodes codes;
  HuffmanCodes not_needed;
  for (unsigned t = 0; t < 2; ++t) {
    codes.dc[t] = table_for(CodeKind::dc, expected.dc[t], not_needed);
    codes.ac[t] = table_for(CodeKind::ac, expected.ac[t], not_needed);
  }
  return compress(rgb, sampling, steps[0], steps[1], &codes);
}

ImageResult<Bytes> encode_jpeg(const Pixels& rgb, int quality, ChromaSampling sampling) {
  // Codes made for the picture: 3 to 10 % fewer bytes. libjpeg would hold all coefficients to count them.
  const std::vector<SampledPlane> sample = VISIONSHARD_TRY(sampled_planes(rgb, sampling));
  return encode_jpeg(rgb, sampling, sample, steps_of(sample, quality));
}

}  // namespace visionshard::codec
