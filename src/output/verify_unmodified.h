// Published files are never written again. The time of the last write shows whether one was; its digest, whether its
// bytes changed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/keep_running.h"
#include "base/record_file.h"
#include "base/result.h"

namespace visionshard::output {

/// The latest time of last write among the files at `paths`, in nanoseconds since 1970. Missing files do not count.
std::uint64_t last_write_ns(const std::vector<std::string>& paths);

/// Whether the file still has the size and digest of `wanted`. It is read only if its time of last write is after
/// `written_ns`, so a filesystem with wrong times costs one reading. A file without bytes is not looked at. Fault: it
/// cannot be read, or interrupted().
RunResult<bool> verify_unmodified(const std::string& path, const FileDigest& wanted, std::uint64_t written_ns,
                                  const KeepRunning& keep_running);

}  // namespace visionshard::output
