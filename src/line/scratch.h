// Buffers kept between lines; one for each thread.
#pragma once

#include "example/parse.h"
#include "example/rules.h"

namespace visionshard::pipeline {

struct Scratch {
  example::LineParser parser;
  example::ExampleSpans spans;
  example::ValidationResult validation;
  Bytes payload;
};

}  // namespace visionshard::pipeline
