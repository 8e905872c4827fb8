// Files that are published are not written to any more. Whether one was, its time tells; what it holds then, its
// digest.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/keep_running.h"
#include "base/record_file.h"
#include "base/result.h"

namespace visionshard::output {

/// When the file that was written to last was, in nanoseconds since 1970. Files that are not there do not count.
std::uint64_t last_write_ns(const std::vector<std::string>& paths);

/// Whether the file still holds what `wanted` says. It is read only where it was written to after `written_ns`: a
/// filesystem that tells times again costs a reading, and no more. Nothing is asked of a file that has no bytes. Fault:
/// it cannot be read, or `keep_running` said no.
RunResult<bool> verify_unmodified(const std::string& path, const FileDigest& wanted, std::uint64_t written_ns,
                                  const KeepRunning& keep_running);

}  // namespace visionshard::output
