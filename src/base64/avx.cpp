#if defined(__x86_64__)

#include <immintrin.h>

#include "base64/kernels.h"
#include "base64/x86_tables.h"

#define VISIONSHARD_TARGET __attribute__((target("avx")))

namespace visionshard::base64 {
namespace avx {
namespace {

#include "base64/x86_128_bits.inc"

}  // namespace
}  // namespace avx

constinit const KernelFunctions avx_kernel{avx::decode_groups, avx::copy_alphabet, avx::encode};

}  // namespace visionshard::base64

#undef VISIONSHARD_TARGET

#endif
