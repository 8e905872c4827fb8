#include "codec/jpeg.h"

#include <csetjmp>
#include <cstdio>
// jpeglib.h needs FILE and size_t declared before it.
#include <jerror.h>
#include <jpeglib.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <new>

namespace visionshard::codec {
namespace {

// libjpeg's way out is a callback that must not return. Its state lives here, at an address that does not change; the
// methods that call libjpeg keep no local with a destructor between setjmp and return.
struct ErrorManager {
  jpeg_error_mgr base;
  std::jmp_buf jump;
  char message[JMSG_LENGTH_MAX] = "";
  bool out_of_memory = false;
  bool lost_data = false;
};

ErrorManager& manager_of(j_common_ptr info) { return *reinterpret_cast<ErrorManager*>(info->err); }

constexpr int most_stray_bytes = 16;

[[noreturn]] void on_error(j_common_ptr info) {
  ErrorManager& manager = manager_of(info);
  manager.out_of_memory = manager.base.msg_code == JERR_OUT_OF_MEMORY;
  manager.base.format_message(info, manager.message);
  std::longjmp(manager.jump, 1);
}

// libjpeg reports a cut-off or damaged scan as a warning and pads with grey; in training data that is a wrong picture.
// Bytes between segments and odd Adobe or JFIF segments lose nothing.
void on_message(j_common_ptr info, int level) {
  ErrorManager& manager = manager_of(info);
  if (level >= 0) return;
  switch (manager.base.msg_code) {
    case JWRN_EXTRANEOUS_DATA:
      // A bad code makes a scan end early and its rest look like stray bytes; some encoders leave a few of them.
      if (manager.base.msg_parm.i[0] > most_stray_bytes) break;
      return;
    case JWRN_ADOBE_XFORM:
    case JWRN_JFIF_MAJOR:
    case JWRN_BOGUS_PROGRESSION: return;
    default: break;
  }
  if (!manager.lost_data) manager.base.format_message(info, manager.message);
  manager.lost_data = true;
}

void set_up(ErrorManager& manager) {
  jpeg_std_error(&manager.base);
  manager.base.error_exit = on_error;
  manager.base.emit_message = on_message;
  manager.base.output_message = [](j_common_ptr) {};
}

// The luminance table of quality 50, T.81 table K.1; its order does not matter for a sum.
constexpr int standard_sum = 16 + 11 + 10 + 16 + 24 + 40 + 51 + 61 + 12 + 12 + 14 + 19 + 26 + 58 + 60 + 55 + 14 + 13 +
                             16 + 24 + 40 + 57 + 69 + 56 + 14 + 17 + 22 + 29 + 51 + 87 + 80 + 62 + 18 + 22 + 37 + 56 +
                             68 + 109 + 103 + 77 + 24 + 35 + 55 + 64 + 81 + 104 + 113 + 92 + 49 + 64 + 78 + 87 + 103 +
                             121 + 120 + 101 + 72 + 92 + 95 + 98 + 112 + 100 + 103 + 99;

int quality_of(const JQUANT_TBL* table) {
  if (table == nullptr) return 75;
  int sum = 0;
  for (const UINT16 q : table->quantval) sum += q;
  const double scale = 100.0 * sum / standard_sum;
  const double quality = scale <= 100 ? (200 - scale) / 2 : 5000 / scale;
  return std::clamp(static_cast<int>(std::lround(quality)), 1, 100);
}

class Decoder {
 public:
  explicit Decoder(ByteView bytes) : bytes_(bytes) {
    set_up(manager_);
    info_.err = &manager_.base;
  }
  ~Decoder() { jpeg_destroy_decompress(&info_); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  bool read_header() {
    if (setjmp(manager_.jump) != 0) return false;
    jpeg_create_decompress(&info_);
    jpeg_mem_src(&info_, as_uchar(bytes_), bytes_.size());
    jpeg_read_header(&info_, TRUE);
    const bool four = info_.num_components == 4;
    info_.out_color_space = four ? JCS_CMYK : JCS_RGB;
    return true;
  }

  bool read_pixels(std::uint8_t* rows, std::size_t stride) {
    if (setjmp(manager_.jump) != 0) return false;
    jpeg_start_decompress(&info_);
    while (info_.output_scanline < info_.output_height) {
      JSAMPROW row = rows + stride * info_.output_scanline;
      jpeg_read_scanlines(&info_, &row, 1);
      if (manager_.lost_data) return false;
    }
    jpeg_finish_decompress(&info_);
    return !manager_.lost_data;
  }

  ImageFault fault() const {
    if (manager_.out_of_memory) throw std::bad_alloc();
    return {FaultCode::corrupt_image, fmt::format("the JPEG cannot be decoded: {}", manager_.message)};
  }

  const jpeg_decompress_struct& info() const { return info_; }

 private:
  ByteView bytes_;
  jpeg_decompress_struct info_{};
  ErrorManager manager_;
};

ChromaSampling sampling_of(const jpeg_decompress_struct& info) {
  if (info.num_components < 3) return ChromaSampling::half;
  const auto& luma = info.comp_info[0];
  const auto& chroma = info.comp_info[1];
  if (luma.h_samp_factor < 2 * chroma.h_samp_factor) return ChromaSampling::full;
  return luma.v_samp_factor < 2 * chroma.v_samp_factor ? ChromaSampling::half_width : ChromaSampling::half;
}

class Encoder {
 public:
  Encoder() {
    set_up(manager_);
    info_.err = &manager_.base;
  }
  ~Encoder() {
    jpeg_destroy_compress(&info_);
    std::free(data_);
  }
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  bool encode(const Pixels& rgb, int quality, ChromaSampling sampling) {
    if (setjmp(manager_.jump) != 0) return false;
    jpeg_create_compress(&info_);
    jpeg_mem_dest(&info_, &data_, &size_);
    info_.image_width = rgb.width;
    info_.image_height = rgb.height;
    info_.input_components = 3;
    info_.in_color_space = JCS_RGB;
    jpeg_set_defaults(&info_);
    jpeg_set_quality(&info_, quality, TRUE);
    info_.comp_info[0].h_samp_factor = sampling == ChromaSampling::full ? 1 : 2;
    info_.comp_info[0].v_samp_factor = sampling == ChromaSampling::half ? 2 : 1;
    // Huffman tables made for the picture: 3 to 10 % fewer bytes for about a third more time.
    info_.optimize_coding = TRUE;
    jpeg_start_compress(&info_, TRUE);
    for (std::uint32_t y = 0; y < rgb.height; ++y) {
      JSAMPROW row = const_cast<JSAMPROW>(rgb.row(y));
      jpeg_write_scanlines(&info_, &row, 1);
    }
    jpeg_finish_compress(&info_);
    return true;
  }

  ImageFault fault() const {
    if (manager_.out_of_memory) throw std::bad_alloc();
    return {FaultCode::cannot_fit, fmt::format("the JPEG cannot be encoded: {}", manager_.message)};
  }

  Bytes take() noexcept { return Bytes::adopt(std::exchange(data_, nullptr), size_); }

 private:
  jpeg_compress_struct info_{};
  ErrorManager manager_;
  unsigned char* data_ = nullptr;
  unsigned long size_ = 0;
};

}  // namespace

ImageResult<Pixels> decode_jpeg(ByteView bytes, JpegSource& source) {
  Decoder decoder(bytes);
  if (!decoder.read_header()) return tl::unexpected(decoder.fault());
  const auto& info = decoder.info();
  source.cmyk = info.out_color_space == JCS_CMYK;
  source.inverted = info.saw_Adobe_marker != 0;
  // The number comes from the file; libjpeg checks it only when it decodes.
  const int table = info.comp_info[0].quant_tbl_no;
  source.quality = quality_of(table >= 0 && table < NUM_QUANT_TBLS ? info.quant_tbl_ptrs[table] : nullptr);
  source.sampling = sampling_of(info);
  Pixels pixels(info.image_width, info.image_height, source.cmyk ? 4 : 3);
  if (!decoder.read_pixels(pixels.row(0), pixels.stride())) return tl::unexpected(decoder.fault());
  return pixels;
}

ImageResult<Bytes> encode_jpeg(const Pixels& rgb, int quality, ChromaSampling sampling) {
  Encoder encoder;
  if (!encoder.encode(rgb, quality, sampling)) return tl::unexpected(encoder.fault());
  return encoder.take();
}

}  // namespace visionshard::codec
