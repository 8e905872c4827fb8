#include "codec/tiff/memory_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <new>
#include <string_view>

namespace visionshard::codec {
namespace {

TiffMemory& memory_of(thandle_t handle) { return *static_cast<TiffMemory*>(handle); }

tmsize_t read_some(thandle_t handle, void* out, tmsize_t size) {
  TiffMemory& m = memory_of(handle);
  if (m.position >= m.bytes.size()) return 0;
  const auto count = std::min<std::uint64_t>(static_cast<std::uint64_t>(size), m.bytes.size() - m.position);
  std::memcpy(out, m.bytes.data() + m.position, count);
  m.position += count;
  return static_cast<tmsize_t>(count);
}
tmsize_t write_none(thandle_t, void*, tmsize_t) { return 0; }
toff_t seek(thandle_t handle, toff_t offset, int whence) {
  TiffMemory& m = memory_of(handle);
  m.position = offset + (whence == SEEK_CUR ? m.position : whence == SEEK_END ? m.bytes.size() : 0);
  return m.position;
}
int close_none(thandle_t) { return 0; }
toff_t size_of(thandle_t handle) { return memory_of(handle).bytes.size(); }

// The bytes are in memory already; libtiff only reads them.
int map(thandle_t handle, void** base, toff_t* size) {
  const TiffMemory& m = memory_of(handle);
  *base = const_cast<std::byte*>(m.bytes.data());
  *size = m.bytes.size();
  return 1;
}
void unmap(thandle_t, void*, toff_t) {}

int on_error(TIFF*, void* user, const char*, const char* format, va_list arguments) {
  TiffMemory& m = *static_cast<TiffMemory*>(user);
  if (m.message[0] == '\0') std::vsnprintf(m.message, sizeof m.message, format, arguments);
  return 1;
}
// The fax decoders warn of lines that end too early or too late, and fill the rest with white.
int on_warning(TIFF* tiff, void* user, const char* module, const char* format, va_list arguments) {
  if (module == nullptr || !std::string_view(module).starts_with("Fax")) return 1;
  return on_error(tiff, user, module, format, arguments);
}

}  // namespace

OpenTiff open_tiff(TiffMemory& memory, std::uint64_t directory_offset) {
  const std::unique_ptr<TIFFOpenOptions, decltype(&TIFFOpenOptionsFree)> options(TIFFOpenOptionsAlloc(),
                                                                                 TIFFOpenOptionsFree);
  if (!options) throw std::bad_alloc();
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), on_error, &memory);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), on_warning, &memory);
  OpenTiff tiff(TIFFClientOpenExt("image", "r", &memory, read_some, write_none, seek, close_none, size_of, map, unmap,
                                  options.get()));
  if (tiff && TIFFCurrentDirOffset(tiff.get()) != directory_offset &&
      TIFFSetSubDirectory(tiff.get(), directory_offset) == 0)
    tiff.reset();
  return tiff;
}

tl::unexpected<ImageFault> tiff_fault(const TiffMemory& memory) {
  const std::string_view message = memory.message;
  // libtiff distinguishes the two only by the text of its message.
  const bool unsupported = message.find("different per-sample values") != std::string_view::npos ||
                           message.find("an not handle image") != std::string_view::npos ||
                           message.find("not implemented") != std::string_view::npos;
  return image_fault(
      unsupported ? FaultCode::unsupported_format : FaultCode::corrupt_image,
      fmt::format("the TIFF cannot be decoded: {}", message.empty() ? "it is damaged or cut off" : message));
}

}  // namespace visionshard::codec
