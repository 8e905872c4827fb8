// A finished run's folder, looked at from outside.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace visionshard::output {

enum class FolderState { no_run, unfinished, finished };

/// What of ours `directory` holds.
FolderState state_of_folder(const std::string& directory);

/// Names of the *.jsonl files that lie in the folder itself, rejected.jsonl not among them, in byte order.
RunResult<std::vector<std::string>> corpus_names_in(const std::string& directory);

}  // namespace visionshard::output
