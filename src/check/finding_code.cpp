#include "check/finding_code.h"

#include <array>

namespace visionshard {

std::string_view name(Effect effect) noexcept {
  switch (effect) {
    case Effect::refused: return "refused";
    case Effect::skipped: return "skipped";
    case Effect::cut: return "cut";
    case Effect::warning: return "warning";
  }
  return "";
}

}  // namespace visionshard

namespace visionshard::checking {
namespace {

using image::Conversion;

// The defect that each conversion repairs.
std::string_view meaning(Conversion conversion) {
  switch (conversion) {
    case Conversion::media_type:
      return "The data URL does not begin with the image's real type, spelled as providers spell it; readers that go "
             "by it take the image for another.";
    case Conversion::base64_spelling:
      return "The base64 text has blanks, line breaks, escapes, the URL-safe alphabet or no padding.";
    case Conversion::url_object: return "image_url is a string; it must be an object with a url.";
    case Conversion::url_spelling: return "The URL has blanks around it, or lacks its scheme, data:.";
    case Conversion::local_file: return "The image is a local file.";
    case Conversion::url_inlined: return "The image is given by URL.";
    case Conversion::trailing_bytes: return "Bytes after the image's end put it over the limit.";
    case Conversion::jpeg_gray: return "The JPEG is gray; images must be RGB or RGBA.";
    case Conversion::jpeg_cmyk: return "The JPEG is CMYK; images must be RGB or RGBA.";
    case Conversion::jpeg_first_picture: return "The JPEG holds several pictures (MPO).";
    case Conversion::jpeg_metadata: return "The JPEG has damaged metadata, for which some decoders refuse it.";
    case Conversion::jpeg_arithmetic: return "The JPEG is arithmetic-coded, which many decoders cannot read.";
    case Conversion::jpeg_end_marker: return "The JPEG has no end marker, for which some decoders refuse it.";
    case Conversion::png_palette: return "The PNG has a palette; images must be RGB or RGBA.";
    case Conversion::png_gray: return "The PNG is gray; images must be RGB or RGBA.";
    case Conversion::png_16_bit: return "The PNG has 16 bits a sample; images must have 8.";
    case Conversion::png_animated: return "The PNG is animated; readers take the first picture, or the animation.";
    case Conversion::png_metadata: return "The PNG has damaged metadata, for which some decoders refuse it.";
    case Conversion::webp_animated: return "The WebP is animated; readers take the first picture, or the animation.";
    case Conversion::webp_format: return "The image is WebP, which this provider does not take.";
    case Conversion::gif: return "The image is GIF, which no provider takes.";
    case Conversion::bmp: return "The image is BMP, which no provider takes.";
    case Conversion::tiff: return "The image is TIFF, which no provider takes.";
    case Conversion::heif: return "The image is HEIC or AVIF, which no provider takes.";
    case Conversion::jpeg_2000: return "The image is JPEG 2000, which no provider takes.";
    case Conversion::jpeg_xl: return "The image is JPEG XL, which no provider takes.";
    case Conversion::netpbm: return "The image is PBM, PGM, PPM or PAM, which no provider takes.";
    case Conversion::orientation:
      return "The image is stored rotated, as its Exif or XMP data says; training code may show it sideways.";
    case Conversion::developer_role: return "The role is developer, which the provider does not take in training.";
    case Conversion::same_role:
      return "Neighboring messages have the same role; this provider wants roles to alternate.";
    case Conversion::string_content:
      return "A content is a string in an example that has lists of parts; this provider wants one kind.";
    case Conversion::unknown_key: return "The example has a key that this provider does not know.";
    case Conversion::equal_outputs: return "Both outputs of a preference example are equal; it teaches nothing.";
    case Conversion::layout_responses:
    case Conversion::layout_blocks:
    case Conversion::layout_contents:
    case Conversion::layout_conversations:
    case Conversion::layout_marked:
    case Conversion::layout_parts:
      return "The line has the layout of another program; convert turns it into chat messages.";
    default: return "";
  }
}

// No provider names these as a reason to skip an example; readers of images get a sound picture.
Effect effect_of(Conversion conversion) {
  switch (conversion) {
    case Conversion::orientation:
    case Conversion::png_animated:
    case Conversion::webp_animated:
    case Conversion::equal_outputs:
    case Conversion::media_type: return Effect::warning;
    default: return Effect::skipped;
  }
}

FindingKind own_kind(CheckCode code) {
  switch (code) {
    case CheckCode::image_too_large:
      return {"image_too_large", "The image has more bytes than the provider takes.", Effect::skipped, true};
    case CheckCode::url_too_long:
      return {"url_too_long", "The data URL has more characters than the provider takes.", Effect::skipped, true};
    case CheckCode::url_expires:
      return {"url_expires", "The URL is signed and ends at a date, perhaps before the provider fetches it.",
              Effect::warning, true};
    case CheckCode::url_share_page:
      return {"url_share_page", "The URL is a page of a file-sharing site, not the image.", Effect::warning, false};
    case CheckCode::url_slow:
      return {"url_slow", "The server took long; providers give up after some seconds.", Effect::warning, true};
    case CheckCode::url_redirects:
      return {"url_redirects", "The URL leads to another one, which not every provider follows.", Effect::warning,
              true};
    case CheckCode::context:
      return {"context", "The images alone fill the model's context; the provider cuts the end off, the answer.",
              Effect::cut, false};
    case CheckCode::no_examples: return {"no_examples", "The file has no example.", Effect::refused, false};
    case CheckCode::too_few_examples:
      return {"too_few_examples", "The file has fewer examples than the provider trains on; the job will not start.",
              Effect::refused, false};
    case CheckCode::file_too_large:
      return {"file_too_large", "The file has more bytes than the provider takes.", Effect::refused, true};
    case CheckCode::too_many_image_examples:
      return {"too_many_image_examples", "The file has more examples with images than the provider takes.",
              Effect::refused, true};
    case CheckCode::missing_shard:
      return {"missing_shard", "The manifest names a shard that is not there.", Effect::refused, false};
    case CheckCode::not_in_manifest:
      return {"not_in_manifest", "The file lies beside the shards, but the manifest does not name it.", Effect::warning,
              false};
    case CheckCode::rejected_lines:
      return {"rejected_lines", "rejected.jsonl is not the run's: it is gone, or has more or fewer lines.",
              Effect::warning, false};
    case CheckCode::manifest_mismatch:
      return {"manifest_mismatch",
              "A file of the run is not what the manifest says, or the manifest contradicts itself.", Effect::refused,
              false};
    case CheckCode::blank_line:
      return {"blank_line", "The file has blank lines, which some parsers refuse.", Effect::warning, true};
    case CheckCode::carriage_return:
      return {"carriage_return", "Lines end with a carriage return and a newline.", Effect::warning, true};
    case CheckCode::byte_order_mark:
      return {"byte_order_mark", "The file has byte order marks, which some parsers refuse.", Effect::warning, true};
    case CheckCode::hidden_image:
      return {"hidden_image", "An image stands where a model reads text, or nothing.", Effect::warning, false};
    case CheckCode::mixed_methods:
      return {"mixed_methods", "The file has examples of several training methods; a job takes one.", Effect::refused,
              true};
    case CheckCode::not_json_lines: return {"not_json_lines", "The file is no JSON Lines.", Effect::refused, false};
    case CheckCode::compressed:
      return {"compressed", "The file is compressed; providers take plain JSON Lines.", Effect::warning, true};
  }
  return {};
}

std::array<FindingKind, finding_code_count> all_kinds() {
  std::array<FindingKind, finding_code_count> kinds;
  for (std::size_t i = 0; i < fault_code_count; ++i) {
    const auto code = static_cast<FaultCode>(i);
    kinds[FindingCode(code).index()] = {name(code), visionshard::meaning(code), Effect::skipped, false};
  }
  for (unsigned i = 0; i < image::conversion_count; ++i) {
    const auto code = static_cast<Conversion>(i);
    kinds[FindingCode(code).index()] = {image::name(code), meaning(code), effect_of(code),
                                        code != Conversion::equal_outputs};
  }
  for (std::size_t i = 0; i < check_code_count; ++i) {
    const auto code = static_cast<CheckCode>(i);
    kinds[FindingCode(code).index()] = own_kind(code);
  }
  return kinds;
}

}  // namespace

FindingKind kind_of(FindingCode code, const Limits& limits) {
  static const std::array<FindingKind, finding_code_count> kinds = all_kinds();
  FindingKind kind = kinds[code.index()];
  if (limits.strict_file && (code == CheckCode::blank_line || code == CheckCode::byte_order_mark))
    kind.effect = Effect::refused;
  if (limits.exact_media_type && code == Conversion::media_type) kind.effect = Effect::skipped;
  return kind;
}

}  // namespace visionshard::checking
