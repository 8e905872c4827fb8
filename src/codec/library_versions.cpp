#include "codec/library_versions.h"

#include <cstdio>
#include <jpeglib.h>

#include <fmt/format.h>
#include <gif_lib.h>
#include <lcms2.h>
#include <libdeflate.h>
#include <png.h>
#include <tiffio.h>
#include <webp/decode.h>

#include "codec/heif.h"

#define VISIONSHARD_TEXT_OF(x) VISIONSHARD_TEXT_OF_VALUE(x)
#define VISIONSHARD_TEXT_OF_VALUE(x) #x

namespace visionshard::codec {

std::string library_versions() {
  const auto webp = static_cast<unsigned>(WebPGetDecoderVersion());
  return fmt::format("libjpeg-turbo {}\nlibpng {}\nlibwebp {}.{}.{}\nlibdeflate {}\nlcms2 {}.{}\ngiflib {}.{}.{}\nlibtiff {}\nlibheif {}\n",
                     VISIONSHARD_TEXT_OF(LIBJPEG_TURBO_VERSION), png_get_libpng_ver(nullptr), webp >> 16,
                     webp >> 8 & 0xFF, webp & 0xFF, LIBDEFLATE_VERSION_STRING, LCMS_VERSION / 1000,
                     LCMS_VERSION % 1000 / 10, GIFLIB_MAJOR, GIFLIB_MINOR, GIFLIB_RELEASE, TIFFLIB_VERSION,
                     has_heif() ? "yes" : "no");
}

}  // namespace visionshard::codec
