// plan.json: what the whole job is, written once.
#pragma once

#include <visionshard/options.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/record_file.h"
#include "base/result.h"
#include "image/degradation.h"

namespace visionshard::distribute {

struct PlannedFile {
  std::string path;      // as given, for the manifest and rejected.jsonl
  std::string location;  // absolute, for reading
  std::uint64_t bytes = 0;
  std::int64_t modified_ns = 0;  // since 1970
  bool is_plain = true;          // not compressed: can be read from the middle
  std::uint64_t first_part = 0;  // parts of the files before it; see plan_text

  bool operator==(const PlannedFile&) const = default;
};

/// A range of a plain file, whose lines are those that begin in it; or the whole of a compressed one.
struct Part {
  std::size_t file = 0;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

struct JobPlan {
  std::string id;  // a digest of all the rest; part of every path and record
  ConvertOptions options;
  std::string image_root;            // absolute, or empty; as the next two
  std::string store;                 // whose digest is in the options
  std::string keep_split;            // the manifest of ShapingOptions::keep_split
  image::Degradation loss;           // where ConvertOptions::shards asked for one
  std::uint8_t methods = UINT8_MAX;  // of training; bits of example::method
  std::string max_rejects;
  FileDigest exclusions;  // of the file that holds what the lists of --exclude name; no bytes where there are none
  std::uint64_t part_bytes = 1;
  std::vector<PlannedFile> files;

  /// Behind plan_text(), as the next.
  std::uint64_t parts() const noexcept;
  /// `number` below parts(). Takes the logarithm of the number of files.
  Part part(std::uint64_t number) const noexcept;
};

/// The text of plan.json; sets the id, and numbers the parts.
std::string plan_text(JobPlan& plan);

/// The plan in `work`; nothing where there is none. Faults: it is damaged, or another version's.
RunResult<std::optional<JobPlan>> read_plan(const std::string& work);

/// Fault: a file of the plan has another size or time than when the plan was made.
RunResult<void> check_unchanged(const PlannedFile& file);

}  // namespace visionshard::distribute
