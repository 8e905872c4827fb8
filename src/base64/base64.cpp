#include "base64/base64.h"

#include <visionshard/base64.h>

namespace visionshard {
namespace {

Base64Status status_of(base64::Status status) noexcept {
  switch (status) {
    case base64::Status::clean: return Base64Status::clean;
    case base64::Status::tolerated: return Base64Status::tolerated;
    case base64::Status::bad_character: return Base64Status::bad_character;
    case base64::Status::impossible_length: return Base64Status::impossible_length;
    case base64::Status::data_after_padding: break;
  }
  return Base64Status::data_after_padding;
}

}  // namespace

DecodedBase64 decode_base64(std::string_view text) {
  DecodedBase64 result;
  result.bytes.resize(base64::decode_capacity(text.size()));
  const base64::Decoded decoded = base64::decode(text, result.bytes.data());
  result.status = status_of(decoded.status);
  result.position = decoded.position;
  result.bytes.resize(result.ok() ? decoded.bytes : 0);
  return result;
}

std::string encode_base64(std::span<const std::byte> bytes) {
  std::string text(base64::encoded_length(bytes.size()), '\0');
  base64::encode(bytes, text.data());
  return text;
}

}  // namespace visionshard
