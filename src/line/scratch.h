// Buffers kept between lines; one for each thread.
#pragma once

#include "base/bytes.h"
#include "engine/batch_processor.h"
#include "example/parse.h"
#include "example/rules.h"

namespace visionshard::line {

struct Scratch final : engine::Scratch {
  example::LineParser parser;
  example::ExampleSpans spans;
  example::ValidationResult validation;
  Bytes payload;

  void trim(std::size_t max_bytes) override {
    if (payload.capacity() > max_bytes) payload = Bytes();
  }
};

}  // namespace visionshard::line
