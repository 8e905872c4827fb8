#include "base/xxh128.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <new>
#include <random>

namespace visionshard {
namespace {

XXH3_state_t* state_of(void* p) { return static_cast<XXH3_state_t*>(p); }

}  // namespace

void Xxh128::Free::operator()(void* state) const noexcept { XXH3_freeState(state_of(state)); }

Xxh128::Xxh128() : state_(XXH3_createState()) {
  if (!state_) throw std::bad_alloc();
  XXH3_128bits_reset(state_of(state_.get()));
}
Xxh128::~Xxh128() = default;

void Xxh128::update(ByteView bytes) { XXH3_128bits_update(state_of(state_.get()), bytes.data(), bytes.size()); }

Xxh128::Digest Xxh128::finish() {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state_of(state_.get())));
  XXH3_128bits_reset(state_of(state_.get()));
  return std::to_array(canonical.digest);
}

Xxh128::Digest xxh128_digest(ByteView bytes) noexcept {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes.data(), bytes.size()));
  return std::to_array(canonical.digest);
}

std::string hexadecimal(const Xxh128::Digest& digest) { return fmt::format("{:02x}", fmt::join(digest, "")); }

KeyedHash::KeyedHash() {
  static_assert(sizeof secret_ >= XXH3_SECRET_SIZE_MIN);
  std::random_device random;
  for (unsigned char& byte : secret_) byte = static_cast<unsigned char>(random());
}

std::array<std::uint64_t, 2> KeyedHash::operator()(ByteView bytes) const noexcept {
  const XXH128_hash_t hash = XXH3_128bits_withSecret(bytes.data(), bytes.size(), secret_.data(), secret_.size());
  return {hash.low64, hash.high64};
}

}  // namespace visionshard
