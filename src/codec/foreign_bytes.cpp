#include "codec/foreign_bytes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/ascii.h"
#include "codec/byte_order.h"

namespace visionshard::codec {
namespace {

using namespace std::string_view_literals;

struct ForeignMagic {
  std::size_t at;
  std::string_view bytes;
  bool is_image_format;
  std::string_view name;
};

// From the formats' own documents and, for camera raws, ExifTool's and LibRaw's descriptions of them.
constexpr ForeignMagic foreign_magics[] = {
    {0, "8BPS"sv, true, "a Photoshop document (PSD)"},
    {0, "%PDF-"sv, true, "a PDF document"},
    {0, "%!PS"sv, true, "PostScript (EPS)"},
    {0, "\xC5\xD0\xD3\xC6"sv, true, "PostScript (EPS)"},
    {0, "qoif"sv, true, "QOI"},
    {0, "\x76\x2F\x31\x01"sv, true, "OpenEXR"},
    {0, "#?RADIANCE"sv, true, "Radiance HDR"},
    {0, "#?RGBE"sv, true, "Radiance HDR"},
    {0, "\x8AMNG"sv, true, "MNG"},
    {0, "\x8BJNG"sv, true, "JNG"},
    {0, "DDS "sv, true, "DDS"},
    {0, "icns"sv, true, "an Apple icon (ICNS)"},
    {128, "DICM"sv, true, "DICOM"},
    {0, "FUJIFILMCCD-RAW"sv, true, "a camera's raw file (Fujifilm RAF)"},
    {0, "IIU\0"sv, true, "a camera's raw file (Panasonic RW2)"},
    {0, "IIRO"sv, true, "a camera's raw file (Olympus ORF)"},
    {0, "IIRS"sv, true, "a camera's raw file (Olympus ORF)"},
    {0, "MMOR"sv, true, "a camera's raw file (Olympus ORF)"},
    {6, "HEAPCCDR"sv, true, "a camera's raw file (Canon CRW)"},
    {0, "FOVb"sv, true, "a camera's raw file (Sigma X3F)"},
    {0, "\0MRM"sv, true, "a camera's raw file (Minolta MRW)"},
    {4, "ftypcrx "sv, true, "a camera's raw file (Canon CR3)"},
    {0, "II\xBC\x01"sv, true, "JPEG XR"},
    {0, "BPG\xFB"sv, true, "BPG"},
    {0, "FLIF"sv, true, "FLIF"},
    {0, "\x97JB2\r\n\x1A\n"sv, true, "JBIG2"},
    {0, "SIMPLE  ="sv, true, "FITS"},
    {0, "gimp xcf"sv, true, "a GIMP image (XCF)"},
    {0, "AT&TFORM"sv, true, "DjVu"},
    {0, "\xD7\xCD\xC6\x9A"sv, true, "a Windows metafile (WMF)"},
    {40, " EMF"sv, true, "a Windows metafile (EMF)"},
    {0, "\x01\xDA\0\x01"sv, true, "SGI"},
    {0, "\x01\xDA\x01\x01"sv, true, "SGI"},
    {0, "\x59\xA6\x6A\x95"sv, true, "Sun raster"},
    {0, "/* XPM */"sv, true, "XPM"},
    {0, "farbfeld"sv, true, "farbfeld"},
    {0, "\xABKTX "sv, true, "KTX"},
    {0, "SDPX"sv, true, "DPX"},
    {0, "XPDS"sv, true, "DPX"},
    {8, "ILBM"sv, true, "IFF ILBM"},
    {0, "\x1F\x8B"sv, false, "gzip"},
    {0, "\x28\xB5\x2F\xFD"sv, false, "zstd"},
    {0, "PK\x03\x04"sv, false, "a zip archive"},
    {0, "\xFD\x37zXZ\0"sv, false, "xz"},
    {0, "BZh"sv, false, "bzip2"},
    {0, "7z\xBC\xAF\x27\x1C"sv, false, "a 7z archive"},
    {0, "Rar!\x1A\x07"sv, false, "a RAR archive"},
    {257, "ustar"sv, false, "a tar archive"},
    {0, "PAR1"sv, false, "Parquet"},
    {0, "\x93NUMPY"sv, false, "a NumPy array"},
    {0, "\x89HDF\r\n\x1A\n"sv, false, "HDF5"},
    {0, "SQLite format 3\0"sv, false, "a SQLite database"},
    {0, "\x1A\x45\xDF\xA3"sv, false, "a video (WebM or Matroska)"},
    {8, "AVI "sv, false, "a video (AVI)"},
    {0, "FLV\x01"sv, false, "a video (FLV)"},
    {0, "\0\0\x01\xBA"sv, false, "a video (MPEG)"},
    {0, "\0\0\x01\xB3"sv, false, "a video (MPEG)"},
    {0, "\x30\x26\xB2\x75\x8E\x66\xCF\x11"sv, false, "a video or sound (ASF)"},
    {4, "ftyp"sv, false, "a video or sound (MP4 or QuickTime)"},
    {4, "moov"sv, false, "a video (QuickTime)"},
    {4, "mdat"sv, false, "a video (QuickTime)"},
    {8, "WAVE"sv, false, "sound (WAV)"},
    {0, "ID3"sv, false, "sound (MP3)"},
    {0, "\xFF\xFB"sv, false, "sound (MP3)"},
    {0, "\xFF\xF3"sv, false, "sound (MP3)"},
    {0, "fLaC"sv, false, "sound (FLAC)"},
    {0, "OggS"sv, false, "sound or video (Ogg)"},
    {8, "AIFF"sv, false, "sound (AIFF)"},
    {0, "#!AMR"sv, false, "sound (AMR)"},
    {0, "wOFF"sv, false, "a font"},
    {0, "wOF2"sv, false, "a font"},
    {0, "OTTO"sv, false, "a font"},
    {0, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"sv, false, "an Office document"},
    {0, "{\\rtf"sv, false, "an RTF document"},
    {0,
     "\x7F"
     "ELF"sv,
     false, "a program (ELF)"},
    {0, "version https://git-lfs.github.com/spec/"sv, false,
     "a Git LFS pointer, which only names the image: git lfs pull"},
};

// Truevision's TGA 2.0 document, tables 1 and 2: no magic at the beginning, and a footer only since version 2.
bool is_tga(ByteView bytes) noexcept {
  if (bytes.size() > 26 && as_text(bytes.last(18)).starts_with("TRUEVISION-XFILE.")) return true;
  if (bytes.size() < 19) return false;
  constexpr std::array<unsigned, 6> types = {1, 2, 3, 9, 10, 11};
  constexpr std::array<unsigned, 5> depths = {8, 15, 16, 24, 32};
  const unsigned map = u8(bytes, 1), type = u8(bytes, 2), depth = u8(bytes, 16);
  const bool mapped = type == 1 || type == 9;
  return map == (mapped ? 1u : 0u) && std::ranges::find(types, type) != types.end() &&
         std::ranges::find(depths, depth) != depths.end() && (u8(bytes, 17) & 0xC0) == 0 && le16(bytes, 12) > 0 &&
         le16(bytes, 14) > 0 && (mapped ? le16(bytes, 5) > 0 && le16(bytes, 5) <= 256 : le16(bytes, 5) == 0);
}

// ZSoft's technical reference manual, revision 5.
bool is_pcx(ByteView bytes) noexcept {
  if (bytes.size() < 128 || u8(bytes, 0) != 0x0A || u8(bytes, 1) > 5 || u8(bytes, 2) > 1) return false;
  constexpr std::array<unsigned, 4> depths = {1, 2, 4, 8};
  return std::ranges::find(depths, u8(bytes, 3)) != depths.end() && le16(bytes, 8) >= le16(bytes, 4) &&
         le16(bytes, 10) >= le16(bytes, 6);
}

// ICONDIR: type 1 is an icon, 2 a cursor, then the number of images.
std::string_view icon(ByteView bytes) noexcept {
  if (bytes.size() < 22 || le16(bytes, 0) != 0 || le16(bytes, 4) == 0 || u8(bytes, 9) != 0) return {};
  return le16(bytes, 2) == 1 ? "an icon (ICO)"sv : le16(bytes, 2) == 2 ? "a cursor (CUR)"sv : std::string_view();
}

constexpr std::size_t looked_at = 1024;

bool is_base64(char c) noexcept {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view("+/-_=\r\n").find(c) != std::string_view::npos;
}

// Printable characters and white space; what is above ASCII is left to the reader of the message.
bool is_text(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 ? c != 0x7F : c == '\n' || c == '\r' || c == '\t' || c == '\f';
  });
}

// Its beginning as one line of ASCII.
std::string beginning_of(std::string_view text) {
  std::string shown;
  for (const char c : text.substr(0, 60))
    shown += static_cast<unsigned char>(c) > 0x7E ? '?' : c < 0x20 || c == '"' ? ' ' : c;
  shown.resize(shown.find_last_not_of(' ') + 1);
  return shown;
}

ForeignBytes name_text(std::string_view text) {
  text = text.substr(0, looked_at);
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  if (text.empty() || !is_text(text)) return {false, {}};
  const std::string small = ascii::lower_case(text);
  const auto holds = [&](std::string_view word) { return small.find(word) != std::string::npos; };
  if (small[0] == '<') {
    if (holds("<svg")) return {true, "SVG"};
    if (holds("<html") || holds("<!doctype html") || holds("<head") || holds("<body"))
      return {false, "an HTML page (of a sign-in or an error?)"};
    return {false, fmt::format("XML text: \"{}\"", beginning_of(text))};
  }
  if (small.starts_with("data:")) return {false, "a data URL: the image was encoded twice; give what is inside"};
  if (std::ranges::all_of(text, is_base64) && text.size() >= 32)
    return {false, "base64 text: the image was encoded twice; decode it once"};
  if (small[0] == '{' || small[0] == '[')
    return {false, fmt::format("JSON text (an error message?): \"{}\"", beginning_of(text))};
  if (small.starts_with("b'") || small.starts_with("b\"")) return {false, "Python's b'...', bytes shown as text"};
  if (small.starts_with("http://") || small.starts_with("https://"))
    return {false, "a URL as text; give it as the URL itself"};
  return {false, fmt::format("text: \"{}\"", beginning_of(text))};
}

}  // namespace

ForeignBytes name_foreign_bytes(ByteView bytes) {
  const std::string_view all = as_text(bytes);
  for (const ForeignMagic& magic : foreign_magics)
    if (all.size() >= magic.at && all.substr(magic.at).starts_with(magic.bytes))
      return {magic.is_image_format, std::string(magic.name)};
  if (const std::string_view name = icon(bytes); !name.empty()) return {true, std::string(name)};
  if (is_pcx(bytes)) return {true, "PCX"};
  if (ForeignBytes text = name_text(all); !text.name.empty()) return text;
  if (is_tga(bytes)) return {true, "TGA"};
  if (std::ranges::all_of(bytes.first(std::min(bytes.size(), looked_at)),
                          [](std::byte b) { return b == std::byte{0}; }))
    return {false, "zeros"};
  return {false, {}};
}

}  // namespace visionshard::codec
