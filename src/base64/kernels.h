// What a kernel provides. Lengths and results are in elements of the source; no function reads outside its source.
#pragma once

#include <cstddef>

#include "base64/base64.h"

namespace visionshard::base64 {

struct KernelFunctions {
  // Decodes the leading groups of four characters that are wholly in the standard alphabet and returns how many
  // characters that was. May write up to 16 bytes beyond length / 4 * 3.
  std::size_t (*decode_groups)(const char* text, std::size_t length, std::byte* out) noexcept;

  // Copies the leading characters that are in either alphabet, written in the standard one, and returns how many.
  // May write all of out[0, length).
  std::size_t (*copy_alphabet)(const char* text, std::size_t length, char* out) noexcept;

  // Encodes everything, with padding.
  void (*encode)(const std::byte* bytes, std::size_t length, char* out) noexcept;
};

extern const KernelFunctions scalar_kernel;
#if defined(__x86_64__)
extern const KernelFunctions ssse3_kernel;
extern const KernelFunctions avx_kernel;
extern const KernelFunctions avx2_kernel;
extern const KernelFunctions avx512vbmi_kernel;
#elif defined(__aarch64__)
extern const KernelFunctions neon_kernel;
#endif

// Decodes text from offset start, a multiple of four before which everything was clean and is already in out.
// Text that is clean as a whole never gets here.
Decoded decode_tolerant(std::string_view text, std::size_t start, std::byte* out,
                        const KernelFunctions& kernel) noexcept;

}  // namespace visionshard::base64
