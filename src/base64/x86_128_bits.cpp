#if defined(__x86_64__)

#include <immintrin.h>

#include "base64/kernels.h"
#include "base64/x86_tables.h"

namespace visionshard::base64 {
namespace {

namespace ssse3 {
#define VISIONSHARD_TARGET __attribute__((target("ssse3")))
#include "base64/x86_128_bits.inc"
#undef VISIONSHARD_TARGET
}  // namespace ssse3

namespace avx {
#define VISIONSHARD_TARGET __attribute__((target("avx")))
#include "base64/x86_128_bits.inc"
#undef VISIONSHARD_TARGET
}  // namespace avx

}  // namespace

constinit const KernelFunctions ssse3_kernel{ssse3::decode_groups, ssse3::copy_alphabet, ssse3::encode};
constinit const KernelFunctions avx_kernel{avx::decode_groups, avx::copy_alphabet, avx::encode};

}  // namespace visionshard::base64

#endif
