#include "codec/library_versions.h"

#include <fmt/format.h>
#include <gif_lib.h>
#include <jpeglib.h>
#include <lcms2.h>
#include <libdeflate.h>
#include <png.h>
#include <tiffio.h>
#include <webp/decode.h>

#include <cstdio>
#include <string_view>

#include "codec/heif/heif.h"
#include "codec/jpeg_2000.h"
#include "codec/jpeg_xl.h"

#define VISIONSHARD_TEXT_OF(x) VISIONSHARD_TEXT_OF_VALUE(x)
#define VISIONSHARD_TEXT_OF_VALUE(x) #x

namespace visionshard::codec {

namespace {

// "LIBTIFF, Version 4.5.0", and lines of copyright.
std::string_view tiff_version() {
  const std::string_view text = TIFFGetVersion();
  const std::size_t number = text.find_first_of("0123456789");
  return number < text.size() ? text.substr(number, text.find('\n') - number) : text;
}

}  // namespace

std::string library_versions() {
  return linked_library_versions() + fmt::format("libheif {}\nlibjxl {}\n", heif_version(), jpeg_xl_version());
}

std::string needed_library_versions() {
  std::string versions;
  if (heif_was_needed()) versions += fmt::format("libheif {}\n", heif_version());
  if (jpeg_xl_was_needed()) versions += fmt::format("libjxl {}\n", jpeg_xl_version());
  return versions;
}

std::string linked_library_versions() {
  const auto webp = static_cast<unsigned>(WebPGetDecoderVersion()),
             color = static_cast<unsigned>(cmsGetEncodedCMMversion());
  return fmt::format(
      "libjpeg-turbo {}\nlibpng {}\nlibwebp {}.{}.{}\nlibdeflate {}\nlcms2 {}.{}\ngiflib {}.{}.{}\nlibtiff {}\n"
      "openjpeg {}\n",
      VISIONSHARD_TEXT_OF(LIBJPEG_TURBO_VERSION), png_get_libpng_ver(nullptr), webp >> 16, webp >> 8 & 0xFF,
      webp & 0xFF, LIBDEFLATE_VERSION_STRING, color / 1000, color % 1000 / 10, GIFLIB_MAJOR, GIFLIB_MINOR,
      GIFLIB_RELEASE, tiff_version(), jpeg_2000_version());
}

}  // namespace visionshard::codec
