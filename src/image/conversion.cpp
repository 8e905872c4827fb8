#include "image/conversion.h"

namespace visionshard::image {

std::string_view name(Conversion conversion) noexcept {
  switch (conversion) {
    case Conversion::media_type: return "media_type";
    case Conversion::base64_spelling: return "base64_spelling";
    case Conversion::url_object: return "url_object";
    case Conversion::local_file: return "local_file";
    case Conversion::trailing_bytes: return "trailing_bytes";
    case Conversion::jpeg_grey: return "jpeg_grey";
    case Conversion::jpeg_cmyk: return "jpeg_cmyk";
    case Conversion::jpeg_first_picture: return "jpeg_first_picture";
    case Conversion::jpeg_metadata: return "jpeg_metadata";
    case Conversion::png_palette: return "png_palette";
    case Conversion::png_grey: return "png_grey";
    case Conversion::png_16_bit: return "png_16_bit";
    case Conversion::png_animated: return "png_animated";
    case Conversion::png_metadata: return "png_metadata";
    case Conversion::webp_animated: return "webp_animated";
    case Conversion::webp_format: return "webp_format";
    case Conversion::gif: return "gif";
    case Conversion::bmp: return "bmp";
    case Conversion::tiff: return "tiff";
    case Conversion::heif: return "heif";
    case Conversion::orientation: return "orientation";
    case Conversion::profile_dropped: return "profile_dropped";
    case Conversion::profile_converted: return "profile_converted";
    case Conversion::profile_ignored: return "profile_ignored";
    case Conversion::shrunk_metadata: return "shrunk_metadata";
    case Conversion::shrunk_lossless: return "shrunk_lossless";
    case Conversion::shrunk_quality: return "shrunk_quality";
    case Conversion::shrunk_dimensions: return "shrunk_dimensions";
    case Conversion::fit_model: return "fit_model";
    case Conversion::detail: return "detail";
    case Conversion::same_role: return "same_role";
    case Conversion::string_content: return "string_content";
    case Conversion::unknown_key: return "unknown_key";
  }
  return "";
}

}  // namespace visionshard::image
