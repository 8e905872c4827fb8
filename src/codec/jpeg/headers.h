// The segments of a JPEG file that decoding depends on (ITU-T T.81 annex B.2), checked against the rules for which
// libjpeg, and with it most decoders, refuses a file before it decodes a block.
#pragma once

#include <array>
#include <vector>

#include "base/result.h"
#include "codec/image_info.h"

namespace visionshard::codec {

inline tl::unexpected<ImageFault> corrupt_jpeg(std::string detail) {
  return image_fault(FaultCode::corrupt_image, std::move(detail));
}
inline tl::unexpected<ImageFault> unsupported_jpeg(std::string detail) {
  return image_fault(FaultCode::unsupported_format, std::move(detail));
}

struct JpegComponent {
  std::uint8_t id = 0, quantization_table = 0;
  unsigned across = 1, down = 1;  // sampling factors
  // Of each coefficient, after the scans so far of a progressive file.
  std::array<std::uint8_t, 64> missing_bits{};
};

struct JpegFrame {
  std::uint32_t width = 0, height = 0;
  std::vector<JpegComponent> components;
  unsigned across = 1, down = 1;  // the largest sampling factors
  bool progressive = false;
  bool arithmetic = false;
};

struct JpegScanHeader {
  std::vector<std::size_t> components;
  unsigned first = 0, last = 63;  // coefficients
  unsigned high = 0, low = 0;     // successive approximation
};

/// As libjpeg-turbo's own fuzzers have it (TJPARAM_SCANLIMIT in fuzz/): a progressive scan can say of millions of
/// blocks in a few bytes that nothing changes, and each is visited. Encoders write 3 to 20.
inline constexpr unsigned max_jpeg_scans = 500;
/// Of more scans than usual_jpeg_scans, blocks that are visited in all, at some 20 ns each.
inline constexpr unsigned usual_jpeg_scans = 100;
inline constexpr std::uint64_t max_jpeg_block_visits = std::uint64_t{1} << 28;

/// Takes the bodies of segments in the order of the file. Faults: corrupt_image, unsupported_format.
class JpegHeaders {
 public:
  /// Of a marker that decides nothing about decoding: nothing happens.
  ImageResult<void> read(std::uint8_t marker, ByteView body);

  /// The header of a scan, for which everything that decoding it needs must have been read.
  ImageResult<JpegScanHeader> read_scan(ByteView body);

  const JpegFrame& frame() const noexcept { return frame_; }
  bool has_frame() const noexcept { return !frame_.components.empty(); }
  unsigned restart_interval() const noexcept { return restart_interval_; }
  unsigned scans() const noexcept { return scans_; }
  /// Whether a further scan is refused.
  bool has_most_scans() const noexcept;

  /// Whether there was a scan for each component.
  bool has_all_components() const noexcept { return has_frame() && scanned_ == (1u << frame_.components.size()) - 1; }
  /// Whether a progressive file's scans have sent all bits; true of a sequential file.
  bool has_all_bits() const noexcept;

 private:
  ImageResult<void> read_frame(std::uint8_t marker, ByteView body);
  ImageResult<void> read_quantization_tables(ByteView body);
  ImageResult<void> read_huffman_tables(ByteView body);
  ImageResult<void> read_conditioning(ByteView body);
  ImageResult<void> need_huffman_tables(const JpegScanHeader& scan, unsigned selectors) const;

  JpegFrame frame_;
  unsigned quantization_tables_ = 0;                      // defined so far, a bit for each number
  unsigned huffman_tables_[2] = {}, bad_tables_[2] = {};  // likewise, of DC and AC coefficients
  unsigned restart_interval_ = 0;
  unsigned scanned_ = 0;  // components
  unsigned scans_ = 0;
  bool has_only_scan_ = false;  // sequential and of all components: decoders expect no other
};

}  // namespace visionshard::codec
