// Buffers kept between lines; one for each thread.
#pragma once

#include "example/parse.h"
#include "example/rules.h"
#include "shard/sha256.h"

namespace visionshard::pipeline {

struct Scratch {
  example::LineParser parser;
  example::Outline outline;
  example::Verdict verdict;
  Bytes payload;
  shard::Sha256 digest;
};

}  // namespace visionshard::pipeline
