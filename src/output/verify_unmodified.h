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

/// Times of last write, in nanoseconds since 1970.
struct WriteTimes {
  std::uint64_t first_ns = 0;
  std::uint64_t last_ns = 0;
};

/// Of the files at `paths`. Missing files do not count; 0 where there is none.
WriteTimes write_times(const std::vector<std::string>& paths);

/// Whether the file still has the size and digest of `wanted`. It is read only if its time of last write is not among
/// the times `written`: an earlier one is that of another file, which was copied with its time. A filesystem with wrong
/// times costs one reading. A file without bytes is not looked at. Fault: it cannot be read, or interrupted().
RunResult<bool> verify_unmodified(const std::string& path, const FileDigest& wanted, const WriteTimes& written,
                                  const KeepRunning& keep_running);

}  // namespace visionshard::output
