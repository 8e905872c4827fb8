#include "codec/netpbm.h"

#include <fmt/format.h>

#include <array>
#include <optional>

#include "codec/byte_order.h"

namespace visionshard::codec {
namespace {

tl::unexpected<ImageFault> corrupt_netpbm(std::string_view why) {
  return image_fault(FaultCode::corrupt_image, fmt::format("the Netpbm image {}", why));
}

bool is_blank(unsigned char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }

// The text of a header, or of a plain file: numbers, words and comments, which reach to the end of their line.
class Reader {
 public:
  explicit Reader(ByteView bytes, std::size_t at) : bytes_(bytes), at_(at) {}

  std::size_t at() const noexcept { return at_; }

  void skip_blanks() noexcept {
    while (at_ < bytes_.size() && (is_blank(u8(bytes_, at_)) || u8(bytes_, at_) == '#'))
      if (u8(bytes_, at_) == '#')
        skip_line();
      else
        ++at_;
  }
  void skip_line() noexcept {
    while (at_ < bytes_.size() && u8(bytes_, at_) != '\n') ++at_;
    if (at_ < bytes_.size()) ++at_;
  }
  // Exactly one, before the samples of a raw file; a comment counts with the end of its line.
  bool skip_one_blank() noexcept {
    if (at_ >= bytes_.size()) return false;
    if (u8(bytes_, at_) == '#') {
      skip_line();
      return true;
    }
    return is_blank(u8(bytes_, at_++));
  }
  // At most 2^31 - 1, as the format's own programs take.
  std::optional<std::uint32_t> number() noexcept {
    skip_blanks();
    const std::size_t begin = at_;
    std::uint64_t value = 0;
    for (; at_ < bytes_.size() && u8(bytes_, at_) >= '0' && u8(bytes_, at_) <= '9'; ++at_) {
      value = value * 10 + (u8(bytes_, at_) - '0');
      if (value > INT32_MAX) return std::nullopt;
    }
    return at_ > begin ? std::optional(static_cast<std::uint32_t>(value)) : std::nullopt;
  }
  // One digit of a plain PBM, whose digits need no blanks between them.
  std::optional<std::uint32_t> bit() noexcept {
    skip_blanks();
    if (at_ >= bytes_.size() || (u8(bytes_, at_) != '0' && u8(bytes_, at_) != '1')) return std::nullopt;
    return u8(bytes_, at_++) - '0';
  }
  std::string_view word() noexcept {
    skip_blanks();
    const std::size_t begin = at_;
    while (at_ < bytes_.size() && !is_blank(u8(bytes_, at_))) ++at_;
    return as_text(bytes_.subspan(begin, at_ - begin));
  }
  std::string_view rest_of_line() noexcept {
    const std::size_t begin = at_;
    skip_line();
    std::string_view line = as_text(bytes_.subspan(begin, at_ - begin));
    while (!line.empty() && is_blank(static_cast<unsigned char>(line.front()))) line.remove_prefix(1);
    while (!line.empty() && is_blank(static_cast<unsigned char>(line.back()))) line.remove_suffix(1);
    return line;
  }

 private:
  ByteView bytes_;
  std::size_t at_;
};

struct NetpbmHeader {
  char kind = 0;  // the digit after the P
  std::uint32_t width = 0, height = 0, channels = 1, maximum = 1;
  std::size_t samples = 0;  // offset of the first

  bool is_plain() const noexcept { return kind <= '3'; }
  bool is_bitmap() const noexcept { return kind == '1' || kind == '4'; }
  std::uint64_t row_bytes() const noexcept {
    if (kind == '4') return (std::uint64_t{width} + 7) / 8;
    return std::uint64_t{width} * channels * (maximum > 255 ? 2 : 1);
  }
};

ImageResult<NetpbmHeader> read_pam_header(ByteView bytes) {
  NetpbmHeader header;
  header.kind = '7';
  header.channels = 0;
  Reader reader(bytes, 2);
  std::string_view meaning;
  for (std::string_view word = reader.word(); word != "ENDHDR"; word = reader.word()) {
    if (word == "TUPLTYPE") {
      meaning = reader.rest_of_line();
      continue;
    }
    std::uint32_t* const value = word == "WIDTH"    ? &header.width
                                 : word == "HEIGHT" ? &header.height
                                 : word == "DEPTH"  ? &header.channels
                                 : word == "MAXVAL" ? &header.maximum
                                                    : nullptr;
    const auto number = value != nullptr ? reader.number() : std::nullopt;
    if (!number) return corrupt_netpbm("has a damaged header");
    *value = *number;
  }
  if (!reader.skip_one_blank()) return corrupt_netpbm("is cut off in its header");
  header.samples = reader.at();
  constexpr std::array<std::string_view, 4> names = {"GRAYSCALE", "GRAYSCALE_ALPHA", "RGB", "RGB_ALPHA"};
  const bool is_black_and_white = meaning == "BLACKANDWHITE" || meaning == "BLACKANDWHITE_ALPHA";
  const bool is_known = header.channels >= 1 && header.channels <= names.size() &&
                        (meaning.empty() || meaning == names[header.channels - 1] ||
                         (is_black_and_white && header.channels == (meaning.ends_with("_ALPHA") ? 2u : 1u)));
  if (!is_known)
    return image_fault(FaultCode::unsupported_format,
                       fmt::format("the image is a PAM of {} channels of the kind \"{:.40}\"; gray and RGB, with and "
                                   "without alpha, can be converted",
                                   header.channels, meaning));
  return header;
}

ImageResult<NetpbmHeader> read_netpbm_header(ByteView bytes) {
  if (u8(bytes, 1) == '7') return read_pam_header(bytes);
  NetpbmHeader header;
  header.kind = static_cast<char>(u8(bytes, 1));
  header.channels = header.kind == '3' || header.kind == '6' ? 3 : 1;
  Reader reader(bytes, 2);
  for (std::uint32_t* const value : {&header.width, &header.height, &header.maximum}) {
    if (value == &header.maximum && header.is_bitmap()) continue;
    const auto number = reader.number();
    if (!number) return corrupt_netpbm("has a damaged header");
    *value = *number;
  }
  if (!reader.skip_one_blank()) return corrupt_netpbm("is cut off or damaged in its header");
  header.samples = reader.at();
  return header;
}

ImageResult<NetpbmHeader> read_sound_header(ByteView bytes) {
  auto header = read_netpbm_header(bytes);
  if (header && (header->width == 0 || header->height == 0)) return corrupt_netpbm("has no width or height");
  if (header && (header->maximum == 0 || header->maximum > 65535))
    return corrupt_netpbm(fmt::format("has a maximum of {}, which is not from 1 to 65535", header->maximum));
  return header;
}

// Puts one row's samples where they belong and scales them.
class RowWriter {
 public:
  explicit RowWriter(const NetpbmHeader& header) : header_(header) {
    for (std::uint32_t v = 0; v <= std::min<std::uint32_t>(header.maximum, 255); ++v) scaled_[v] = scale(v);
  }

  void put(std::uint8_t* row, std::uint64_t index, std::uint32_t value) const noexcept {
    const std::uint8_t sample = value < scaled_.size() ? scaled_[value] : scale(value);
    const std::uint32_t channels = header_.channels;
    if (channels >= 3) {
      row[index] = sample;
    } else if (channels == 1) {
      for (std::uint64_t k = 0; k < 3; ++k) row[3 * index + k] = sample;
    } else if (index % 2 == 1) {
      row[2 * index + 1] = sample;
    } else {
      for (std::uint64_t k = 0; k < 3; ++k) row[2 * index + k] = sample;
    }
  }

 private:
  std::uint8_t scale(std::uint32_t value) const noexcept {
    // A bitmap's 1 is black.
    const std::uint32_t light = header_.is_bitmap() ? 1 - value : value;
    return static_cast<std::uint8_t>((510 * light + header_.maximum) / (2 * header_.maximum));
  }

  const NetpbmHeader& header_;
  std::array<std::uint8_t, 256> scaled_{};
};

}  // namespace

bool is_netpbm(ByteView bytes) noexcept {
  return bytes.size() >= 3 && u8(bytes, 0) == 'P' && u8(bytes, 1) >= '1' && u8(bytes, 1) <= '7' &&
         (is_blank(u8(bytes, 2)) || u8(bytes, 2) == '#');
}

ImageResult<ImageInfo> probe_netpbm(ByteView bytes) {
  const auto header = VISIONSHARD_TRY(read_sound_header(bytes));
  ImageInfo info;
  info.format = Format::netpbm;
  info.width = header.width;
  info.height = header.height;
  constexpr std::array<ColorModel, 4> models = {ColorModel::gray, ColorModel::gray_alpha, ColorModel::rgb,
                                                ColorModel::rgba};
  info.model = models[header.channels - 1];
  info.bit_depth = header.is_bitmap() ? 1 : header.maximum > 255 ? 16 : 8;
  info.end = bytes.size();
  // A plain sample takes a digit at least.
  const std::size_t left = bytes.size() - header.samples;
  const std::uint64_t min_row = header.is_plain() ? std::uint64_t{header.width} * header.channels : header.row_bytes();
  if (left / min_row < header.height)
    info.loss = "the Netpbm image is cut off in its samples";
  else if (!header.is_plain())
    info.end = header.samples + static_cast<std::size_t>(header.row_bytes() * header.height);
  return info;
}

ImageResult<Pixels> decode_netpbm(ByteView bytes, const ImageInfo& info) {
  const auto header = VISIONSHARD_TRY(read_sound_header(bytes));
  if (info.loss != nullptr) return image_fault(FaultCode::corrupt_image, info.loss);
  const std::uint64_t samples = std::uint64_t{header.width} * header.channels;
  const RowWriter writer(header);
  Reader reader(bytes, header.samples);
  Pixels pixels(info.width, info.height, header.channels % 2 == 0 ? 4 : 3);
  for (std::uint32_t y = 0; y < info.height; ++y) {
    const std::size_t begin = header.samples + static_cast<std::size_t>(y * header.row_bytes());
    for (std::uint64_t i = 0; i < samples; ++i) {
      std::uint32_t value;
      if (header.is_plain()) {
        const auto read = header.is_bitmap() ? reader.bit() : reader.number();
        if (!read) return corrupt_netpbm("is cut off or damaged in its samples");
        value = *read;
      } else if (header.is_bitmap()) {
        value = u8(bytes, begin + i / 8) >> (7 - i % 8) & 1u;
      } else {
        value = header.maximum > 255 ? be16(bytes, begin + 2 * i) : u8(bytes, begin + i);
      }
      if (value > header.maximum)
        return corrupt_netpbm(fmt::format("has a sample of {}, over its own maximum of {}", value, header.maximum));
      writer.put(pixels.row(y), i, value);
    }
  }
  return pixels;
}

}  // namespace visionshard::codec
