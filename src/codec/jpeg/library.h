// libjpeg-turbo: error handling by longjmp, and a compressor that writes into memory. Included by codec/jpeg only.
#pragma once

#include <csetjmp>
#include <cstddef>
#include <cstdio>
// jpeglib.h needs FILE and size_t declared before it.
#include <jerror.h>
#include <jpeglib.h>

#include <cstdlib>
#include <new>

#include "base/bytes.h"
#include "base/result.h"

namespace visionshard::codec {

/// libjpeg reports an error by a callback that must not return. Its state lives here, at an address that does not
/// change; the methods that call libjpeg keep no local with a destructor between setjmp and return.
struct JpegErrors {
  jpeg_error_mgr base;
  std::jmp_buf jump;
  char message[JMSG_LENGTH_MAX] = "";
  bool out_of_memory = false;
  bool lost_data = false;

  JpegErrors();
  JpegErrors(const JpegErrors&) = delete;
  JpegErrors& operator=(const JpegErrors&) = delete;

  /// "the JPEG cannot be VERB: REASON". Throws std::bad_alloc where that was the reason.
  ImageFault fault(FaultCode code, const char* verb) const;
};

/// What libjpeg compresses into; freed unless taken. Grows by halves and without a copy where the system can move
/// pages: libjpeg's own doubles into new memory each time.
class JpegOutput {
 public:
  JpegOutput();
  JpegOutput(const JpegOutput&) = delete;
  JpegOutput& operator=(const JpegOutput&) = delete;
  ~JpegOutput() { std::free(data_); }

  void attach(j_compress_ptr info) { info->dest = &base_; }
  Bytes take() noexcept { return Bytes::adopt(std::exchange(data_, nullptr), size_); }

 private:
  void grow(j_compress_ptr info);

  jpeg_destination_mgr base_;  // first: the callbacks get its address
  unsigned char* data_ = nullptr;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
};

}  // namespace visionshard::codec
