// From what was typed to the ordered list of files that will be read.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace visionshard::input {

/// Files stay as they are, "-" is standard input, and a directory becomes its *.jsonl, *.jsonl.gz and *.jsonl.zst,
/// recursively, in byte order of the path. Faults: a path that does not exist or cannot be listed, a directory without
/// such files, or with one that cannot be opened or is no regular file, standard input named twice.
RunResult<std::vector<std::string>> list_sources(const std::vector<std::string>& inputs);

/// Fault: one of them is a pipe or the like, which has nothing left when it is read again.
RunResult<void> check_repeatable(const std::vector<std::string>& sources);

}  // namespace visionshard::input
