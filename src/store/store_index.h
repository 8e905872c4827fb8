// The files of a sealed store: fixed records in the order of their keys.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/sha256.h"
#include "base/xxh128.h"
#include "store/paths.h"
#include "store/url_key.h"

namespace visionshard::store {

/// A record of index.bin: what a URL gave, whichever task fetched it and when. All that the bytes of a conversion
/// depend on is here.
struct IndexRecord {
  UrlKey key{};
  Sha256::Digest sha256{};   // zeros where it was not fetched
  std::uint64_t bytes = 0;   // 0 where it was not fetched
  std::uint16_t status = 0;  // of HTTP, where it is final: of a failure that is not transient
  std::uint8_t outcome = 0;
  std::uint8_t unused[5] = {};
};

/// The record of places.bin with the same number: where the body is, and how it came.
struct PlaceRecord {
  Xxh128::Digest xxh128{};
  std::uint64_t offset = 0;
  std::uint32_t segment = 0;  // an index in Seal::segments
  std::uint32_t elapsed_ms = 0;
  std::uint16_t redirects = 0;
  std::uint8_t unused[6] = {};
};

static_assert(sizeof(IndexRecord) == 80 && sizeof(PlaceRecord) == 40);

/// seal.json
struct Seal {
  std::uint64_t urls = 0;
  std::uint64_t fetched = 0;
  std::uint64_t transient = 0;  // failures that were accepted though they may not happen again
  std::string index_xxh128;     // of index.bin
  std::string places_xxh128;
  std::vector<std::string> segments;
};

/// Nothing where the store is not sealed.
RunResult<std::optional<Seal>> read_seal(const StorePaths& paths);

std::string seal_text(const Seal& seal);

}  // namespace visionshard::store
