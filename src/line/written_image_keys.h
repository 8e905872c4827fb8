// The keys of images in lines that were written by an earlier run.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "example/parse.h"
#include "layout/translate.h"
#include "output/example_keys.h"

namespace visionshard::line {

/// Not thread-safe; keeps its buffers from one line to the next.
class WrittenImageKeys {
 public:
  /// Of lines of the run in `folder`, which has their images where they are files.
  explicit WrittenImageKeys(std::string folder) : folder_(std::move(folder)) {}

  /// Of the images of a line, in any layout that a run writes, as add_keys() makes them of the same images in an input.
  /// None where the line cannot be read. Fault: a file cannot be read. Throws std::bad_alloc.
  RunResult<std::vector<output::HashKey>> of(std::string_view line);

 private:
  RunResult<void> add(std::string_view value);
  RunResult<void> add_file(const std::string& path);

  std::string folder_;
  example::LineParser parser_;
  example::ExampleSpans spans_;
  layout::ChatLine chat_;
  Bytes padded_, image_;
  std::vector<output::HashKey> keys_;
};

}  // namespace visionshard::line
