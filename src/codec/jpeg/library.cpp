#include "codec/jpeg/library.h"

#include <fmt/format.h>

#include <algorithm>

namespace visionshard::codec {
namespace {

JpegErrors& errors_of(j_common_ptr info) { return *reinterpret_cast<JpegErrors*>(info->err); }

constexpr std::size_t max_stray_bytes = 16;

// Bytes that belong to nothing: before the first scan or after the last block of one there is nothing to be lost.
// Before a restart marker they can be what a bad code left of an interval; but some encoders leave a few, some fill up
// with zeros.
bool harmless(const jpeg_decompress_struct& info, std::size_t stray_bytes) {
  const bool in_scan = info.input_scan_number > 0 && info.input_iMCU_row < info.total_iMCU_rows;
  if (!in_scan || stray_bytes <= max_stray_bytes) return true;
  const JOCTET* const end = info.src->next_input_byte;
  return std::all_of(end - stray_bytes, end, [](JOCTET byte) { return byte == 0; });
}

[[noreturn]] void on_error(j_common_ptr info) {
  JpegErrors& errors = errors_of(info);
  errors.out_of_memory = errors.base.msg_code == JERR_OUT_OF_MEMORY;
  errors.base.format_message(info, errors.message);
  std::longjmp(errors.jump, 1);
}

// libjpeg reports a cut-off or damaged scan as a warning and pads with gray; in training data that is a wrong picture.
// Bytes between segments and odd Adobe or JFIF segments lose nothing.
void on_message(j_common_ptr info, int level) {
  JpegErrors& errors = errors_of(info);
  if (level >= 0) return;
  switch (errors.base.msg_code) {
    case JWRN_EXTRANEOUS_DATA:
      if (harmless(*reinterpret_cast<j_decompress_ptr>(info), static_cast<std::size_t>(errors.base.msg_parm.i[0])))
        return;
      break;
    // Where data is missing as well, another warning says so. Of arithmetic data none does, but the structure lets no
    // such file pass.
    case JWRN_JPEG_EOF:
    // The numbers in a sequential scan's header mean nothing, and some cameras write nonsense there.
    case JWRN_NOT_SEQUENTIAL:
    case JWRN_ADOBE_XFORM:
    case JWRN_JFIF_MAJOR:
    case JWRN_BOGUS_PROGRESSION: return;
    default: break;
  }
  if (!errors.lost_data) errors.base.format_message(info, errors.message);
  errors.lost_data = true;
}

}  // namespace

JpegErrors::JpegErrors() {
  jpeg_std_error(&base);
  base.error_exit = on_error;
  base.emit_message = on_message;
  base.output_message = [](j_common_ptr) {};
}

JpegOutput::JpegOutput() {
  base_.init_destination = [](j_compress_ptr info) { reinterpret_cast<JpegOutput*>(info->dest)->grow(info); };
  base_.empty_output_buffer = [](j_compress_ptr info) -> boolean {
    reinterpret_cast<JpegOutput*>(info->dest)->grow(info);
    return TRUE;
  };
  base_.term_destination = [](j_compress_ptr info) {
    auto& output = *reinterpret_cast<JpegOutput*>(info->dest);
    output.size_ = output.capacity_ - output.base_.free_in_buffer;
  };
}

// libjpeg calls it when the buffer is full to its last byte, whatever free_in_buffer says then.
void JpegOutput::grow(j_compress_ptr info) {
  const std::size_t capacity = std::max<std::size_t>(capacity_ + capacity_ / 2, 256 << 10);
  auto* const grown = static_cast<unsigned char*>(std::realloc(data_, capacity));
  if (grown == nullptr) ERREXIT1(info, JERR_OUT_OF_MEMORY, 0);
  advise_huge_pages(grown, capacity);
  data_ = grown;
  base_.next_output_byte = data_ + capacity_;
  base_.free_in_buffer = capacity - capacity_;
  capacity_ = capacity;
}

ImageFault JpegErrors::fault(FaultCode code, const char* verb) const {
  if (out_of_memory) throw std::bad_alloc();
  return {code, fmt::format("the JPEG cannot be {}: {}", verb, message)};
}

}  // namespace visionshard::codec
