// Makes the ordered list of files to read from the INPUT arguments.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace visionshard::input {

/// Whether a file of this name in a folder that is an input is read: *.jsonl, *.jsonl.gz or *.jsonl.zst.
bool is_corpus_name(const std::string& path);

/// A file stands for itself, "-" is standard input, and a directory stands for its *.jsonl, *.jsonl.gz and *.jsonl.zst,
/// recursively, in byte order of the path. Symbolic links are followed; a folder that is reached by several paths is
/// read once. Left out are `output`, work folders, stores of images, and rejected.jsonl of a finished run. Faults: a
/// path that does not exist or cannot be listed, a directory without such files, or with one that cannot be opened or
/// is no regular file, standard input named twice.
RunResult<std::vector<std::string>> list_sources(const std::vector<std::string>& inputs,
                                                 const std::string& output = {});

/// Fault: one of them cannot be read twice, such as a pipe.
RunResult<void> check_repeatable(const std::vector<std::string>& sources);

}  // namespace visionshard::input
