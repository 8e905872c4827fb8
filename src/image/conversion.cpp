#include "image/conversion.h"

#include <visionshard/report.h>

#include <iterator>

namespace visionshard::image {
namespace {

struct Row {
  Conversion conversion;
  std::string_view name;
  std::string_view meaning;
};

constexpr Row conversion_rows[] = {
    {Conversion::media_type, "media_type",
     "the declared type was missing, not the real one, or not spelled as the provider wants it"},
    {Conversion::base64_spelling, "base64_spelling",
     "base64 text with blanks, percent escapes, the URL alphabet or without padding, written as it should be"},
    {Conversion::url_object, "url_object", "the plain string form of image_url, made an object"},
    {Conversion::url_spelling, "url_spelling", "blanks around a URL, left out"},
    {Conversion::local_file, "local_file", "a local file, put in as a data URL"},
    {Conversion::url_inlined, "url_inlined", "an image by URL, put in as a data URL from the store"},
    {Conversion::trailing_bytes, "trailing_bytes", "bytes after an image's end, cut off"},
    {Conversion::jpeg_gray, "jpeg_grey", "gray JPEG to three components, without loss"},
    {Conversion::jpeg_cmyk, "jpeg_cmyk", "CMYK JPEG to RGB"},
    {Conversion::jpeg_first_picture, "jpeg_first_picture", "a file of several pictures to its first, without loss"},
    {Conversion::jpeg_metadata, "jpeg_metadata", "damaged JPEG metadata, left out without loss"},
    {Conversion::jpeg_arithmetic, "jpeg_arithmetic", "arithmetic-coded JPEG to Huffman-coded, without loss"},
    {Conversion::jpeg_end_marker, "jpeg_end_marker", "JPEG without its end marker, added without loss"},
    {Conversion::png_palette, "png_palette", "palette PNG to RGB(A), exactly"},
    {Conversion::png_gray, "png_grey", "gray PNG to RGB(A), exactly"},
    {Conversion::png_16_bit, "png_16_bit", "16-bit PNG to 8 bits, scaled"},
    {Conversion::png_animated, "png_animated", "animated PNG to its default image, without loss"},
    {Conversion::png_metadata, "png_metadata", "damaged PNG metadata, left out without loss"},
    {Conversion::webp_animated, "webp_animated", "animated WebP to its first frame"},
    {Conversion::webp_format, "webp_format", "WebP to a format that the provider takes"},
    {Conversion::gif, "gif", "GIF to PNG, first frame"},
    {Conversion::bmp, "bmp", "BMP to PNG"},
    {Conversion::tiff, "tiff", "TIFF to PNG or JPEG, first page"},
    {Conversion::heif, "heif", "HEIC or AVIF to PNG or JPEG"},
    {Conversion::jpeg_2000, "jpeg_2000", "JPEG 2000 to PNG or JPEG"},
    {Conversion::jpeg_xl, "jpeg_xl", "JPEG XL to PNG or JPEG, without loss where it was made of a JPEG"},
    {Conversion::netpbm, "netpbm", "PBM, PGM, PPM or PAM to PNG or JPEG"},
    {Conversion::orientation, "orientation", "turned as the camera said"},
    {Conversion::profile_dropped, "profile_dropped", "an ICC profile that was no longer true of the samples, dropped"},
    {Conversion::profile_converted, "profile_converted", "colors converted from an ICC profile to sRGB"},
    {Conversion::profile_ignored, "profile_ignored",
     "an ICC profile that is broken or of another color space, ignored"},
    {Conversion::shrunk_metadata, "shrunk_metadata", "over the byte limit: metadata left out"},
    {Conversion::shrunk_lossless, "shrunk_lossless", "over the byte limit: packed better, without loss"},
    {Conversion::shrunk_quality, "shrunk_quality", "over the byte limit: the finest quality that fits"},
    {Conversion::shrunk_dimensions, "shrunk_dimensions", "over the byte limit: fewer pixels"},
    {Conversion::fit_model, "fit_model", "reduced to what a model sees"},
    {Conversion::detail, "detail", "detail set or put in"},
    {Conversion::byte_order_mark, "byte_order_mark", "a byte order mark in the middle of a file, left out"},
    {Conversion::developer_role, "developer_role", "the role developer, which the provider does not take, made system"},
    {Conversion::same_role, "same_role", "neighboring messages of one role, merged"},
    {Conversion::string_content, "string_content", "strings, made text parts"},
    {Conversion::unknown_key, "unknown_key", "keys that the provider does not take, left out"},
    {Conversion::equal_outputs, "equal_outputs", "no change: both outputs of a preference example are equal"},
    {Conversion::layout_responses, "layout_responses", "a line with parts of OpenAI's Responses interface"},
    {Conversion::layout_blocks, "layout_blocks", "a line with Anthropic's content blocks"},
    {Conversion::layout_contents, "layout_contents", "a line of Gemini's contents"},
    {Conversion::layout_conversations, "layout_conversations",
     "a line of conversations, as LLaVA and ShareGPT have it"},
    {Conversion::layout_marked, "layout_marked", "a line with <image> marks, as LLaMA-Factory and ms-swift have it"},
    {Conversion::layout_parts, "layout_parts", "a line with image parts, as TRL and Axolotl have it"},
};

constexpr bool in_place() {
  for (std::size_t i = 0; i < std::size(conversion_rows); ++i)
    if (static_cast<std::size_t>(conversion_rows[i].conversion) != i) return false;
  return std::size(conversion_rows) == conversion_count;
}
static_assert(in_place(), "one row for each conversion, in the order of the enumeration");

}  // namespace

std::string_view name(Conversion conversion) noexcept {
  return conversion_rows[static_cast<std::size_t>(conversion)].name;
}

}  // namespace visionshard::image

namespace visionshard {

std::string_view conversion_meaning(std::string_view kind) noexcept {
  for (const image::Row& row : image::conversion_rows)
    if (row.name == kind) return row.meaning;
  return {};
}

}  // namespace visionshard
