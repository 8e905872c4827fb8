// What a part of a corpus says of its lines, for whoever puts parts together.
#pragma once

#include <cstdint>

#include "shard/record_file.h"

namespace visionshard::pipeline {

/// A written example: its bytes, the newline among them.
struct ExampleRecord {
  std::uint64_t bytes;
  std::uint64_t images;
};

/// A rejected line: where its number stands in the part's rejected.jsonl, and which it is, from 1 in the part.
struct RejectRecord {
  std::uint64_t number_offset;
  std::uint64_t line;
};

/// Both in the order of the lines.
struct PartIndex {
  shard::RecordWriter<ExampleRecord> examples;
  shard::RecordWriter<RejectRecord> rejects;
};

}  // namespace visionshard::pipeline
