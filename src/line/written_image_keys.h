// The keys of images in lines that were written by an earlier run.
#pragma once

#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "example/parse.h"
#include "output/example_keys.h"

namespace visionshard::line {

/// Not thread-safe; keeps its buffers from one line to the next.
class WrittenImageKeys {
 public:
  /// Of the images of a line that are data URLs or on the web, as add_keys() makes them of the same images in an input.
  /// None where the line cannot be read. Holds until the next call. Throws std::bad_alloc.
  const std::vector<output::HashKey>& of(std::string_view line);

 private:
  void add(std::string_view value);

  example::LineParser parser_;
  example::ExampleSpans spans_;
  Bytes padded_, image_;
  std::vector<output::HashKey> keys_;
};

}  // namespace visionshard::line
