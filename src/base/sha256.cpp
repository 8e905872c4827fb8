#include "base/sha256.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <new>

namespace visionshard {
namespace {

EVP_MD_CTX* context_of(void* p) { return static_cast<EVP_MD_CTX*>(p); }

}  // namespace

void Sha256::Free::operator()(void* context) const noexcept { EVP_MD_CTX_free(context_of(context)); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  if (!context_ || EVP_DigestInit_ex(context_of(context_.get()), EVP_sha256(), nullptr) != 1) throw std::bad_alloc();
}
Sha256::~Sha256() = default;

void Sha256::update(ByteView bytes) {
  if (EVP_DigestUpdate(context_of(context_.get()), bytes.data(), bytes.size()) != 1) throw std::bad_alloc();
}

Sha256::Digest Sha256::finish() {
  Digest digest;
  EVP_MD_CTX* const context = context_of(context_.get());
  // Begun again without naming the algorithm: looking it up costs a microsecond and a lock.
  if (EVP_DigestFinal_ex(context, digest.data(), nullptr) != 1 || EVP_DigestInit_ex(context, nullptr, nullptr) != 1)
    throw std::bad_alloc();
  return digest;
}

std::string hexadecimal(const Sha256::Digest& digest) { return fmt::format("{:02x}", fmt::join(digest, "")); }

}  // namespace visionshard
