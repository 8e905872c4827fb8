// libjpeg's compressor: the only place that creates, finishes and destroys one.
#pragma once

#include "codec/jpeg/jpeg.h"
#include "codec/jpeg/library.h"

namespace visionshard::codec {

/// Writes one file.
class JpegCompressor {
 public:
  JpegCompressor() { info_.err = &errors_.base; }
  ~JpegCompressor() { jpeg_destroy_compress(&info_); }
  JpegCompressor(const JpegCompressor&) = delete;
  JpegCompressor& operator=(const JpegCompressor&) = delete;

  /// `write(info)` says what to write and writes it. Since libjpeg may jump out of it, it keeps no object that has a
  /// destructor. Fault: cannot_fit, "the JPEG cannot be VERB: REASON". Throws std::bad_alloc.
  template <class Write>
  ImageResult<Bytes> compress(const char* verb, const Write& write) {
    if (!run(write)) return tl::unexpected(errors_.fault(FaultCode::cannot_fit, verb));
    return output_.take();
  }

 private:
  template <class Write>
  bool run(const Write& write) {
    if (setjmp(errors_.jump) != 0) return false;
    jpeg_create_compress(&info_);
    output_.attach(&info_);
    write(info_);
    jpeg_finish_compress(&info_);
    return true;
  }

  jpeg_compress_struct info_{};
  JpegErrors errors_;
  JpegOutput output_;
};

/// Says that `pixels` are to be written, and sets libjpeg's defaults for them.
inline void set_picture(jpeg_compress_struct& info, const Pixels& pixels, J_COLOR_SPACE space,
                        ChromaSampling sampling) {
  info.image_width = pixels.width;
  info.image_height = pixels.height;
  info.input_components = static_cast<int>(pixels.channels);
  info.in_color_space = space;
  jpeg_set_defaults(&info);
  info.comp_info[0].h_samp_factor = sampling == ChromaSampling::full ? 1 : 2;
  info.comp_info[0].v_samp_factor = sampling == ChromaSampling::half ? 2 : 1;
}

/// All rows of the picture.
inline void write_rows(jpeg_compress_struct& info, const Pixels& pixels) {
  jpeg_start_compress(&info, TRUE);
  for (std::uint32_t y = 0; y < pixels.height; ++y) {
    JSAMPROW row = const_cast<JSAMPROW>(pixels.row(y));
    jpeg_write_scanlines(&info, &row, 1);
  }
}

}  // namespace visionshard::codec
