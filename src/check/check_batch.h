// A block of lines with the findings of `check`.
#pragma once

#include <visionshard/tokens.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "check/finding_code.h"
#include "codec/image_info.h"
#include "line/line_batch.h"

namespace visionshard::checking {

/// A finding about a line.
struct LineFinding {
  std::uint32_t record;
  std::uint32_t at;  // in the line
  FindingCode code;
  std::string pointer;
  std::string detail;
};

/// An image value. The format is unknown where it could not be read.
struct SeenImage {
  std::uint32_t record = 0;
  bool is_url = false;
  codec::Format format = codec::Format::unknown;
  std::string_view mode;
  ImageSize size;
  std::uint64_t bytes = 0;
  ImageTokens tokens;
};

class CheckBatch final : public line::LineBatch {
 public:
  std::vector<LineFinding> findings;
  std::vector<SeenImage> seen;

  void clear() override {
    LineBatch::clear();
    findings.clear();
    seen.clear();
  }
};

}  // namespace visionshard::checking
