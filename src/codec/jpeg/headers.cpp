#include "codec/jpeg/headers.h"

#include <fmt/format.h>

#include <algorithm>

#include "codec/byte_order.h"
#include "codec/jpeg/jpeg.h"
#include "codec/jpeg/markers.h"

namespace visionshard::codec {
namespace {

constexpr std::uint8_t not_sent = 99;
constexpr unsigned dc_table = 0, ac_table = 1;

bool is_frame(std::uint8_t marker) noexcept {
  return marker >= 0xC0 && marker <= 0xCF && marker != dht && marker != jpg && marker != dac;
}

// T.81 C.2, as libjpeg has it: of the codes of each length up to the longest, the one of all ones stays unused. DC
// symbols are numbers of bits.
bool is_bad_table(unsigned kind, const std::uint8_t* lengths, ByteView symbols) noexcept {
  unsigned longest = 16;
  while (longest > 0 && lengths[longest - 1] == 0) --longest;
  std::uint32_t code = 0;
  for (unsigned length = 1; length <= longest; ++length, code <<= 1) {
    code += lengths[length - 1];
    if (code >= 1u << length) return true;
  }
  return kind == dc_table && std::any_of(symbols.begin(), symbols.end(), [](std::byte s) { return s > std::byte{15}; });
}

}  // namespace

bool JpegHeaders::has_all_bits() const noexcept {
  return !frame_.progressive ||
         std::all_of(frame_.components.begin(), frame_.components.end(), [](const JpegComponent& c) {
           return std::all_of(c.missing_bits.begin(), c.missing_bits.end(),
                              [](std::uint8_t bits) { return bits == 0; });
         });
}

bool JpegHeaders::has_most_scans() const noexcept {
  if (scans_ < usual_jpeg_scans) return false;
  // Of the largest component, in blocks of 8 x 8.
  const std::uint64_t blocks = (std::uint64_t{frame_.width} + 7) / 8 * ((std::uint64_t{frame_.height} + 7) / 8);
  return scans_ >= max_jpeg_scans || (scans_ + 1) * blocks > max_jpeg_block_visits;
}

ImageResult<void> JpegHeaders::read(std::uint8_t marker, ByteView body) {
  if (is_frame(marker)) return read_frame(marker, body);
  if (marker == dqt) return read_quantization_tables(body);
  if (marker == dht) return read_huffman_tables(body);
  if (marker == dac) return read_conditioning(body);
  if (marker == dri) {
    if (body.size() != 2) return corrupt_jpeg("the JPEG's restart interval has the wrong length");
    restart_interval_ = be16(body, 0);
  }
  return {};
}

// T.81 B.2.4.1: tables of 64 values of one or two bytes, each after a byte of precision and number.
ImageResult<void> JpegHeaders::read_quantization_tables(ByteView body) {
  for (std::size_t at = 0; at < body.size();) {
    // The standard knows the precisions 0 and 1; decoders take any other for 1.
    const unsigned value_bytes = u8(body, at) < 16 ? 1 : 2, number = u8(body, at) & 15;
    const std::size_t size = 1 + 64 * std::size_t{value_bytes};
    if (number > 3 || size > body.size() - at) return corrupt_jpeg("the JPEG has a damaged quantization table");
    quantization_tables_ |= 1u << number;
    at += size;
  }
  return {};
}

ImageResult<void> JpegHeaders::read_frame(std::uint8_t marker, ByteView body) {
  if (has_frame()) return corrupt_jpeg("the JPEG has two frame headers");
  if (body.size() < 6) return corrupt_jpeg("the JPEG's frame header is too short");
  const unsigned precision = u8(body, 0);
  const unsigned kind = marker - 0xC0u;
  if (kind == 3 || kind == 11) return unsupported_jpeg("the JPEG is lossless, which this build cannot convert");
  if (kind != 0 && kind != 1 && kind != 2 && kind != 9 && kind != 10)
    return unsupported_jpeg("the JPEG is hierarchical, which this build cannot convert");
  if (precision != 8)
    return unsupported_jpeg(fmt::format("the JPEG has {} bits a sample, which this build cannot convert", precision));
  JpegFrame frame;
  frame.height = be16(body, 1);
  frame.width = be16(body, 3);
  const unsigned components = u8(body, 5);
  if (frame.height == 0)
    return unsupported_jpeg(
        "the JPEG tells its height only after its first scan (DNL), which this build cannot convert");
  if (frame.width == 0) return corrupt_jpeg("the JPEG has no width");
  if (std::max(frame.width, frame.height) > jpeg_max_side)
    return unsupported_jpeg(fmt::format("the JPEG is {} x {}; decoders take sides of up to {} pixels", frame.width,
                                        frame.height, jpeg_max_side));
  if (body.size() != 6u + 3u * components) return corrupt_jpeg("the JPEG's frame header has the wrong length");
  if (components == 2 || components > 4 || components == 0)
    return unsupported_jpeg(fmt::format("the JPEG has {} color components", components));
  for (unsigned c = 0; c < components; ++c) {
    const unsigned factors = u8(body, 7 + 3 * c);
    JpegComponent component{u8(body, 6 + 3 * c), u8(body, 8 + 3 * c), factors >> 4, factors & 15, {}};
    component.missing_bits.fill(not_sent);
    if (component.quantization_table > 3) return corrupt_jpeg("the JPEG names a quantization table that cannot be");
    if (component.across < 1 || component.across > 4 || component.down < 1 || component.down > 4)
      return corrupt_jpeg("the JPEG has an impossible sampling factor");
    frame.across = std::max(frame.across, component.across);
    frame.down = std::max(frame.down, component.down);
    frame.components.push_back(component);
  }
  for (const JpegComponent& c : frame.components)
    if (frame.across % c.across != 0 || frame.down % c.down != 0)
      return unsupported_jpeg("the JPEG's chroma is sampled by a fraction, which no common decoder takes");
  frame.progressive = kind == 2 || kind == 10;
  frame.arithmetic = kind == 9 || kind == 10;
  frame_ = std::move(frame);
  return {};
}

// T.81 B.2.4.2: for each table the number of codes of 1 to 16 bits, then their symbols.
ImageResult<void> JpegHeaders::read_huffman_tables(ByteView body) {
  for (std::size_t at = 0; at < body.size();) {
    if (body.size() - at < 17) return corrupt_jpeg("the JPEG has a damaged Huffman table");
    const unsigned kind = u8(body, at) >> 4, number = u8(body, at) & 15;
    std::uint8_t lengths[16];
    std::size_t codes = 0;
    for (std::size_t i = 0; i < 16; ++i) codes += lengths[i] = u8(body, at + 1 + i);
    if (kind > 1 || number > 3 || codes > 256 || codes > body.size() - at - 17)
      return corrupt_jpeg("the JPEG has a damaged Huffman table");
    huffman_tables_[kind] |= 1u << number;
    // Decoders look at the codes of a table only where a scan uses it.
    bad_tables_[kind] &= ~(1u << number);
    if (is_bad_table(kind, lengths, body.subspan(at + 17, codes))) bad_tables_[kind] |= 1u << number;
    at += 17 + codes;
  }
  return {};
}

// T.81 B.2.4.3: a byte of class and number, a byte of conditioning; of DC tables the bounds L (low half) to U.
ImageResult<void> JpegHeaders::read_conditioning(ByteView body) {
  if (body.size() % 2 != 0) return corrupt_jpeg("the JPEG's arithmetic conditioning has the wrong length");
  for (std::size_t at = 0; at < body.size(); at += 2) {
    const unsigned table = u8(body, at), value = u8(body, at + 1);
    if (table > 31 || (table < 16 && (value & 15) > value >> 4))
      return corrupt_jpeg("the JPEG has damaged arithmetic conditioning");
  }
  return {};
}

ImageResult<JpegScanHeader> JpegHeaders::read_scan(ByteView body) {
  if (!has_frame()) return corrupt_jpeg("the JPEG has a scan before its frame header");
  if (has_most_scans())
    return unsupported_jpeg(
        fmt::format("the JPEG of {} x {} pixels has more than {} scans, which this build does not read", frame_.width,
                    frame_.height, scans_));
  const unsigned count = body.empty() ? 0 : u8(body, 0);
  if (count < 1 || count > 4 || body.size() != 4u + 2u * count)
    return corrupt_jpeg("a JPEG scan header has the wrong length");
  if (has_only_scan_) return corrupt_jpeg("the JPEG has a scan after one of all its components");
  const unsigned approximation = u8(body, 3 + 2 * count);
  JpegScanHeader scan{{}, u8(body, 1 + 2 * count), u8(body, 2 + 2 * count), approximation >> 4, approximation & 15};
  if (frame_.progressive) {
    const bool is_dc = scan.first == 0;
    if ((is_dc ? scan.last != 0 : scan.last < scan.first || scan.last > 63 || count != 1) || scan.low > 13 ||
        (scan.high != 0 && scan.high != scan.low + 1))
      return corrupt_jpeg("a JPEG scan asks for what no progressive scan has");
  }
  for (unsigned i = 0; i < count; ++i) {
    // In the order of the frame (T.81 B.2.3): libjpeg looks for the nth name from the nth component on. Ids that repeat
    // stand for one component after the other.
    std::size_t c = i;
    while (c < frame_.components.size() && frame_.components[c].id != u8(body, 1 + 2 * i)) ++c;
    if (c == frame_.components.size())
      return corrupt_jpeg("a JPEG scan names a component that the frame does not have, or not in this order");
    if (std::count(scan.components.begin(), scan.components.end(), c) > 0)
      return corrupt_jpeg("a JPEG scan names a component twice");
    JpegComponent& component = frame_.components[c];
    if ((quantization_tables_ >> component.quantization_table & 1) == 0)
      return corrupt_jpeg("a JPEG scan stands before its quantization table");
    if (auto tables = need_huffman_tables(scan, u8(body, 2 + 2 * i)); !tables) return tl::unexpected(tables.error());
    scan.components.push_back(c);
    scanned_ |= 1u << c;
    for (unsigned k = scan.first; frame_.progressive && k <= scan.last; ++k) {
      std::uint8_t& missing = component.missing_bits[k];
      // A refinement is worth nothing without what it refines.
      const bool follows = scan.high == 0 || scan.high == missing;
      missing = follows ? static_cast<std::uint8_t>(scan.low) : not_sent;
    }
  }
  has_only_scan_ = scans_ == 0 && !frame_.progressive && count == frame_.components.size();
  ++scans_;
  return scan;
}

// Motion JPEG leaves the standard's own tables, numbers 0 and 1, out; decoders fill them in for sequential files.
ImageResult<void> JpegHeaders::need_huffman_tables(const JpegScanHeader& scan, unsigned selectors) const {
  if (frame_.arithmetic) return {};
  for (const unsigned kind : {dc_table, ac_table}) {
    if (frame_.progressive && (kind == dc_table ? scan.first != 0 || scan.high != 0 : scan.first == 0)) continue;
    const unsigned number = kind == dc_table ? selectors >> 4 : selectors & 15;
    const bool standard = !frame_.progressive && number < 2;
    if (number > 3 || ((huffman_tables_[kind] >> number & 1) == 0 && !standard))
      return corrupt_jpeg("a JPEG scan names a Huffman table that is not there");
    if ((bad_tables_[kind] >> number & 1) != 0) return corrupt_jpeg("a JPEG scan uses a Huffman table that cannot be");
  }
  return {};
}

}  // namespace visionshard::codec
