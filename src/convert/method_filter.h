// One file has one training method: that of the first line.
#pragma once

#include <cstdint>

#include "example/method.h"
#include "line/line_batch.h"

namespace visionshard::conversion {

/// Sees the lines in input order; not thread-safe.
class MethodFilter {
 public:
  /// Rejects a line that would be written, and is of another method than the lines before it.
  void filter(line::LineRecord& record) {
    if (record.methods != methods_ && record.methods != 0) narrow(record);
  }

  /// The methods (example::method) that the lines so far leave.
  std::uint8_t methods() const noexcept { return methods_; }
  /// Before the first line: those of the corpus, of which these lines are a part.
  void set_methods(std::uint8_t methods) noexcept { methods_ = methods; }

 private:
  void narrow(line::LineRecord& record);

  std::uint8_t methods_ = example::method::any;
};

}  // namespace visionshard::conversion
