#include "codec/jpeg/recode.h"

#include "codec/jpeg/coefficients.h"
#include "codec/jpeg/library.h"
#include "codec/jpeg/markers.h"

namespace visionshard::codec {
namespace {

constexpr std::byte start_marker[] = {std::byte{0xFF}, std::byte{0xD8}},
                    end_marker[] = {std::byte{0xFF}, std::byte{0xD9}};

bool is_metadata(const JpegSegment& segment) noexcept {
  return segment.marker == com || (segment.marker >= app0 && segment.marker <= app15);
}

// Decodes all scans' data and looks where libjpeg stands then.
class DataEnd {
 public:
  DataEnd() {
    info_.err = &errors_.base;
    progress_.base.progress_monitor = [](j_common_ptr info) {
      // Called before each row of blocks and each marker: last before the end marker.
      const auto* const source = reinterpret_cast<j_decompress_ptr>(info)->src;
      reinterpret_cast<Progress*>(info->progress)->at = source->next_input_byte;
    };
  }
  ~DataEnd() { jpeg_destroy_decompress(&info_); }
  DataEnd(const DataEnd&) = delete;
  DataEnd& operator=(const DataEnd&) = delete;

  // False where data is missing. `file` has an end marker.
  bool find(ByteView file) {
    if (setjmp(errors_.jump) != 0) return false;
    jpeg_create_decompress(&info_);
    jpeg_mem_src(&info_, as_uchar(file), file.size());
    info_.progress = &progress_.base;
    jpeg_read_header(&info_, TRUE);
    jpeg_read_coefficients(&info_);
    offset_ = static_cast<std::size_t>(progress_.at - as_uchar(file));
    return !errors_.lost_data;
  }

  // After the bytes that were read; some of the last may not be needed.
  std::size_t offset() const noexcept { return offset_; }
  ImageFault fault() const { return errors_.fault(FaultCode::corrupt_image, "decoded"); }

 private:
  struct Progress {
    jpeg_progress_mgr base{};  // first: the callback gets its address
    const JOCTET* at = nullptr;
  };
  jpeg_decompress_struct info_{};
  JpegErrors errors_;
  Progress progress_;
  std::size_t offset_ = 0;
};

}  // namespace

ImageResult<std::optional<Bytes>> huffman_coded(ByteView bytes, const JpegStructure& structure) {
  auto coefficients = JpegCoefficients::read(bytes);
  if (!coefficients) return tl::unexpected(coefficients.error());
  const auto recoded = coefficients->written(structure.progressive ? JpegCoding::progressive : JpegCoding::sequential);
  if (!recoded) return std::optional<Bytes>();
  const auto plain = read_jpeg_structure(*recoded);
  if (!plain) return std::optional<Bytes>();
  Bytes out;
  out.reserve(recoded->size() + structure.segments[structure.frame].offset);
  out.append(start_marker);
  // The source's own, of which decoders take the colors' meaning.
  for (std::size_t i = 0; i < structure.segments.size() && structure.segments[i].marker != sos; ++i)
    if (is_metadata(structure.segments[i])) out.append(segment_extent(bytes, structure, i));
  for (std::size_t i = 0; i < plain->segments.size(); ++i)
    if (!is_metadata(plain->segments[i])) out.append(segment_extent(*recoded, *plain, i));
  out.append(end_marker);
  return std::optional(std::move(out));
}

ImageResult<Bytes> with_end_marker(ByteView bytes, const JpegStructure& structure) {
  const auto ended_at = [&](std::size_t end) {
    Bytes file;
    file.reserve(end + 2);
    file.append(bytes.first(end));
    file.append(end_marker);
    return file;
  };
  std::size_t whole = 0;
  {
    const Bytes file = ended_at(structure.eoi);
    DataEnd data;
    if (!data.find(file)) return tl::unexpected(data.fault());
    whole = std::min(data.offset(), structure.eoi);
  }
  // libjpeg reads up to 8 bytes ahead, and each may have a stuffed zero.
  std::size_t too_short = whole - std::min<std::size_t>(whole, 20);
  while (whole - too_short > 1) {
    const std::size_t middle = (whole + too_short) / 2;
    const Bytes file = ended_at(middle);
    (DataEnd().find(file) ? whole : too_short) = middle;
  }
  return ended_at(whole);
}

}  // namespace visionshard::codec
