#include "codec/jpeg/jpeg.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "codec/jpeg/entropy.h"
#include "codec/jpeg/library.h"
#include "codec/jpeg/quality.h"
#include "codec/jpeg/scan.h"

namespace visionshard::codec {
namespace {

JpegErrors& errors_of(j_common_ptr info) { return *reinterpret_cast<JpegErrors*>(info->err); }

constexpr std::size_t max_stray_bytes = 16;

// Bytes that belong to nothing: before the first scan or after the last block of one there is nothing to be lost.
// Before a restart marker they can be what a bad code left of an interval; but some encoders leave a few, some fill up
// with zeros.
bool harmless(const jpeg_decompress_struct& info, std::size_t stray_bytes) {
  const bool in_scan = info.input_scan_number > 0 && info.input_iMCU_row < info.total_iMCU_rows;
  if (!in_scan || stray_bytes <= max_stray_bytes) return true;
  const JOCTET* const end = info.src->next_input_byte;
  return std::all_of(end - stray_bytes, end, [](JOCTET byte) { return byte == 0; });
}

[[noreturn]] void on_error(j_common_ptr info) {
  JpegErrors& errors = errors_of(info);
  errors.out_of_memory = errors.base.msg_code == JERR_OUT_OF_MEMORY;
  errors.base.format_message(info, errors.message);
  std::longjmp(errors.jump, 1);
}

// libjpeg reports a cut-off or damaged scan as a warning and pads with gray; in training data that is a wrong picture.
// Bytes between segments and odd Adobe or JFIF segments lose nothing.
void on_message(j_common_ptr info, int level) {
  JpegErrors& errors = errors_of(info);
  if (level >= 0) return;
  switch (errors.base.msg_code) {
    case JWRN_EXTRANEOUS_DATA:
      if (harmless(*reinterpret_cast<j_decompress_ptr>(info), static_cast<std::size_t>(errors.base.msg_parm.i[0])))
        return;
      break;
    // If data is missing too, libjpeg gives another warning. For arithmetic data it gives none, but the structure check
    // refuses such a file.
    case JWRN_JPEG_EOF:
    // The numbers in a sequential scan's header mean nothing, and some cameras write nonsense there.
    case JWRN_NOT_SEQUENTIAL:
    case JWRN_ADOBE_XFORM:
    case JWRN_JFIF_MAJOR:
    case JWRN_BOGUS_PROGRESSION: return;
    default: break;
  }
  if (!errors.lost_data) errors.base.format_message(info, errors.message);
  errors.lost_data = true;
}

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

class Encoder {
 public:
  Encoder() { info_.err = &errors_.base; }
  ~Encoder() { jpeg_destroy_compress(&info_); }
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  // Without `codes` those of T.81 annex K.
  bool encode(const Pixels& rgb, ChromaSampling sampling, const QuantTable& luminance, const QuantTable& chrominance,
              const EntropyCodes* codes) {
    if (setjmp(errors_.jump) != 0) return false;
    jpeg_create_compress(&info_);
    output_.attach(&info_);
    info_.image_width = rgb.width;
    info_.image_height = rgb.height;
    info_.input_components = 3;
    info_.in_color_space = JCS_RGB;
    jpeg_set_defaults(&info_);
    for (int i = 0; i < 2; ++i) {
      unsigned steps[64];
      std::copy_n((i == 0 ? luminance : chrominance).begin(), 64, steps);
      jpeg_add_quant_table(&info_, i, steps, 100, TRUE);
      if (codes == nullptr) continue;
      set_table(info_.dc_huff_tbl_ptrs[i], codes->dc[i]);
      set_table(info_.ac_huff_tbl_ptrs[i], codes->ac[i]);
    }
    info_.comp_info[0].h_samp_factor = sampling == ChromaSampling::full ? 1 : 2;
    info_.comp_info[0].v_samp_factor = sampling == ChromaSampling::half ? 2 : 1;
    jpeg_start_compress(&info_, TRUE);
    for (std::uint32_t y = 0; y < rgb.height; ++y) {
      JSAMPROW row = const_cast<JSAMPROW>(rgb.row(y));
      jpeg_write_scanlines(&info_, &row, 1);
    }
    jpeg_finish_compress(&info_);
    return true;
  }

  ImageFault fault() const { return errors_.fault(FaultCode::cannot_fit, "encoded"); }

  Bytes take() noexcept { return output_.take(); }

 private:
  static void set_table(JHUFF_TBL* out, const JpegHuffmanTable& table) {
    std::copy_n(table.codes_of_length.begin(), 16, out->bits + 1);
    std::copy_n(table.symbols.begin(), 256, out->huffval);
  }

  jpeg_compress_struct info_{};
  JpegErrors errors_;
  JpegOutput output_;
};

}  // namespace

JpegErrors::JpegErrors() {
  jpeg_std_error(&base);
  base.error_exit = on_error;
  base.emit_message = on_message;
  base.output_message = [](j_common_ptr) {};
}

JpegOutput::JpegOutput() {
  base_.init_destination = [](j_compress_ptr info) { reinterpret_cast<JpegOutput*>(info->dest)->grow(info); };
  base_.empty_output_buffer = [](j_compress_ptr info) -> boolean {
    reinterpret_cast<JpegOutput*>(info->dest)->grow(info);
    return TRUE;
  };
  base_.term_destination = [](j_compress_ptr info) {
    auto& output = *reinterpret_cast<JpegOutput*>(info->dest);
    output.size_ = output.capacity_ - output.base_.free_in_buffer;
  };
}

// libjpeg calls it when the buffer is full to its last byte, whatever free_in_buffer says then.
void JpegOutput::grow(j_compress_ptr info) {
  const std::size_t capacity = std::max<std::size_t>(capacity_ + capacity_ / 2, 256 << 10);
  auto* const grown = static_cast<unsigned char*>(std::realloc(data_, capacity));
  if (grown == nullptr) ERREXIT1(info, JERR_OUT_OF_MEMORY, 0);
  advise_huge_pages(grown, capacity);
  data_ = grown;
  base_.next_output_byte = data_ + capacity_;
  base_.free_in_buffer = capacity - capacity_;
  capacity_ = capacity;
}

ImageFault JpegErrors::fault(FaultCode code, const char* verb) const {
  if (out_of_memory) throw std::bad_alloc();
  return {code, fmt::format("the JPEG cannot be {}: {}", verb, message)};
}

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
  Encoder encoder;
  if (!encoder.encode(rows, sampling, ones, ones, nullptr)) return tl::unexpected(encoder.fault());
  const Bytes file = encoder.take();
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
  Encoder encoder;
  if (!encoder.encode(rgb, sampling, steps[0], steps[1], &codes)) return tl::unexpected(encoder.fault());
  return encoder.take();
}

ImageResult<Bytes> encode_jpeg(const Pixels& rgb, int quality, ChromaSampling sampling) {
  // Codes made for the picture: 3 to 10 % fewer bytes. libjpeg would hold all coefficients to count them.
  auto sample = sampled_planes(rgb, sampling);
  if (!sample) return tl::unexpected(sample.error());
  return encode_jpeg(rgb, sampling, *sample, steps_of(*sample, quality));
}

}  // namespace visionshard::codec
