#if defined(__x86_64__)

#include <immintrin.h>

#include "base64/kernels.h"
#include "base64/x86_tables.h"

#define VISIONSHARD_TARGET __attribute__((target("ssse3")))

namespace visionshard::base64 {
namespace ssse3 {
namespace {

#include "base64/x86_128_bits.inc"

}  // namespace
}  // namespace ssse3

constinit const KernelFunctions ssse3_kernel{ssse3::decode_groups, ssse3::copy_alphabet, ssse3::encode};

}  // namespace visionshard::base64

#undef VISIONSHARD_TARGET

#endif
