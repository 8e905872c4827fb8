// Buffers kept between lines; one for each thread.
#pragma once

#include "base/bytes.h"
#include "engine/batch_processor.h"
#include "example/parse.h"
#include "example/rules.h"
#include "line/line_scanner.h"

namespace visionshard::line {

struct Scratch final : engine::Scratch {
  example::LineParser parser;
  example::ExampleSpans spans;
  example::ValidationResult validation;
  LineScanner scanner;
  Bytes payload;  // of the image at hand, where the scanner has not decoded it

  void trim(std::size_t max_bytes) override {
    if (payload.capacity() + scanner.capacity_bytes() <= max_bytes) return;
    payload = Bytes();
    scanner = LineScanner();
  }
};

}  // namespace visionshard::line
