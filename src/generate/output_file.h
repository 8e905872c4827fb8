// The corpus on its way to a file, or standard output.
#pragma once

#include <string>

#include "base/file.h"

namespace visionshard::generate {

/// Checks that `path` may be written: refused if it exists and is not to be replaced.
RunResult<void> check_output_file(const std::string& path, bool force);

/// Has the name `path`.partial until finish(); removes what was not finished.
class OutputFile {
 public:
  /// "-" is standard output.
  static RunResult<OutputFile> create(const std::string& path, bool force);
  OutputFile(OutputFile&& other) noexcept = default;
  OutputFile& operator=(OutputFile&&) = delete;
  ~OutputFile();

  /// The pieces are used up.
  RunResult<void> append(std::span<iovec> pieces);
  RunResult<void> finish();

 private:
  OutputFile() = default;

  std::string path_, partial_path_;
  bool force_ = false;
  FileDescriptor file_;  // none for standard output, which is not ours to close
};

}  // namespace visionshard::generate
