// Classifies the text of an image value by its JSON spelling.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/image_info.h"

namespace visionshard::image {

enum class UrlKind { web, data, local };

struct ImageUrl {
  UrlKind kind;
  std::size_t payload_begin = 0;  // data: of the base64 text in the given text
  std::size_t payload_end = 0;
  std::string path;       // local: the path named, percent-decoded where it was a file:// URL
  std::string respelled;  // web: as spelled, without the blanks around it; empty where it has none
};

/// `inside` is the JSON string's inside, as spelled. Base64 without a header is data if it begins like an image.
/// Fault: bad_url, with what to do for a known spelling.
ImageResult<ImageUrl> read_image_url(std::string_view inside);

/// The web URL that `inside` spells, as it is sent to a server: without blanks around it, escapes read. `url` is what
/// read_image_url() read, of the kind web.
std::string web_url(std::string_view inside, const ImageUrl& url);

/// Whether "data:" stands before all but blanks, in letters of any size. `inside` is that of a JSON string.
bool begins_as_data_url(std::string_view inside);

/// Whether it is a web URL that read_image_url would not respell, with the scheme in small letters and without escapes.
bool is_plain_web_url(std::string_view inside) noexcept;

/// Whether a local path has backslashes alone, as in "images\\a.png"; such a file can exist here, too.
bool has_windows_separators(std::string_view path) noexcept;

/// "data:image/png;base64," for Format::png.
std::string_view data_url_prefix(codec::Format format) noexcept;

}  // namespace visionshard::image
