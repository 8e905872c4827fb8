// Bytes that are on the disk already, taken into a digest.
#pragma once

#include <string>

#include "base/file.h"
#include "base/goes_on.h"
#include "shard/sha256.h"

namespace visionshard::shard {

/// Takes bytes `begin` to `end` of the file in. Faults: it cannot be read, is shorter, or `goes_on` said no. `path` is
/// for the message.
RunResult<void> digest_range(Sha256& digest, const FileDescriptor& file, std::uint64_t begin, std::uint64_t end,
                             const std::string& path, const GoesOn& goes_on);

/// Of the whole file. Faults: as above.
RunResult<Sha256::Digest> file_digest(const std::string& path, const GoesOn& goes_on = {});

}  // namespace visionshard::shard
