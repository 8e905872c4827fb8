#include <cstdlib>

#include "base64/alphabet.h"
#include "base64/kernels.h"

namespace visionshard::base64 {
namespace {

struct Available {
  std::array<Kernel, 6> kernels{Kernel::scalar};
  std::size_t count = 1;
  std::array<const KernelFunctions*, 6> functions{&scalar_kernel, &scalar_kernel, &scalar_kernel,
                                                  &scalar_kernel, &scalar_kernel, &scalar_kernel};

  void add(Kernel kernel, const KernelFunctions& its_functions) noexcept {
    kernels[count++] = kernel;
    functions[static_cast<std::size_t>(kernel)] = &its_functions;
  }
};

const Available& available() noexcept {
  static const Available detected = [] {
    Available found;
#if defined(__x86_64__)
    // libgcc also asks the operating system (XGETBV) whether it saves the wide registers.
    __builtin_cpu_init();
    if (__builtin_cpu_supports("ssse3")) found.add(Kernel::ssse3, ssse3_kernel);
    const auto add_avx = [&] {
      if (__builtin_cpu_supports("avx")) found.add(Kernel::avx, avx_kernel);
    };
    // Zen and Zen+ run 32 bytes as two halves, and permutations across them in several steps: avx2 decodes 5.9 GB/s of
    // text there, ssse3 6.9, avx 8.5.
    const bool has_halves = __builtin_cpu_is("znver1");
    if (!has_halves) add_avx();
    if (__builtin_cpu_supports("avx2")) found.add(Kernel::avx2, avx2_kernel);
    if (has_halves) add_avx();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi"))
      found.add(Kernel::avx512vbmi, avx512vbmi_kernel);
#elif defined(__aarch64__)
    found.add(Kernel::neon, neon_kernel);
#endif
    return found;
  }();
  return detected;
}

const KernelFunctions& functions_of(Kernel kernel) noexcept {
  return *available().functions[static_cast<std::size_t>(kernel)];
}

// The last group of clean text where it is padded: nothing else, and zero bits after the last byte.
std::size_t decode_padded_group(const char* group, std::byte* out) noexcept {
  const unsigned first = value_of(group[0]);
  const unsigned second = value_of(group[1]);
  const bool two = group[2] != '=';
  const unsigned third = two ? value_of(group[2]) : 0;
  if (group[3] != '=' || ((first | second | third) & no_value) != 0) return 0;
  if (((two ? third : second) & (two ? 3U : 15U)) != 0) return 0;
  out[0] = static_cast<std::byte>(first << 2 | second >> 4);
  if (!two) return 1;
  out[1] = static_cast<std::byte>((second << 4 | third >> 2) & 0xffU);
  return 2;
}

}  // namespace

std::span<const Kernel> available_kernels() noexcept { return {available().kernels.data(), available().count}; }

Kernel active_kernel() noexcept {
  static const Kernel active = [] {
    const char* wanted = std::getenv("VISIONSHARD_BASE64_KERNEL");
    for (const Kernel kernel : available_kernels())
      if (wanted != nullptr && name(kernel) == wanted) return kernel;
    return available_kernels().back();
  }();
  return active;
}

std::string_view name(Kernel kernel) noexcept {
  constexpr std::array<std::string_view, 6> names{"scalar", "ssse3", "avx", "avx2", "avx512vbmi", "neon"};
  return names[static_cast<std::size_t>(kernel)];
}

Decoded decode(std::string_view text, std::byte* out, Kernel kernel) noexcept {
  const KernelFunctions& functions = functions_of(kernel);
  // A padded last group is left to decode_padded_group(): the kernels end fastest where all groups are full.
  const bool padded = text.size() % 4 == 0 && text.ends_with('=');
  const std::size_t full = text.size() - (padded ? 4 : 0);
  const std::size_t clean = functions.decode_groups(text.data(), full, out);
  const std::size_t bytes = clean / 4 * 3;
  if (clean == text.size()) return {Status::clean, bytes, 0};
  if (padded && clean == full)
    if (const std::size_t last = decode_padded_group(text.data() + full, out + bytes); last != 0)
      return {Status::clean, bytes + last, 0};
  return decode_tolerant(text, clean, out, functions);
}

DecodedPrefix decode_to_quote(std::string_view text, std::byte* out, Kernel kernel) noexcept {
  const std::size_t clean = functions_of(kernel).decode_groups(text.data(), text.size(), out);
  const std::size_t bytes = clean / 4 * 3;
  const std::string_view rest = text.substr(clean);
  if (rest.size() > 4 && rest[4] == '"')
    if (const std::size_t last = decode_padded_group(rest.data(), out + bytes); last != 0)
      return {clean + 4, bytes + last, true};
  return {clean, bytes, rest.starts_with('"')};
}

void encode(std::span<const std::byte> bytes, char* out, Kernel kernel) noexcept {
  functions_of(kernel).encode(bytes.data(), bytes.size(), out);
}

}  // namespace visionshard::base64
