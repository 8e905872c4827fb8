// Makes a list for --exclude out of a provider's message on skipped lines.
#pragma once

#include <visionshard/status.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace visionshard {

/// What a message is about: the text, and the files that were uploaded.
struct SkippedReport {
  std::string text_path;            // a file with the message as text or JSON, or a list of FILE:LINE; or the message
  std::vector<std::string> shards;  // numbers without a file belong to the only one
};

struct ExcludeOutcome {
  RunStatus status = RunStatus::done;
  std::string message;  // of a run that failed
  std::vector<std::string> warnings;
  std::uint64_t entries = 0;
};

/// Called with each entry: one line of JSON with its newline.
using OnEntry = std::function<void(std::string_view entry)>;

/// Finds the line numbers in the message and hands out an entry for each, in the order of files and lines: the SHA-256
/// of the line, with the reason and the place as notes. The entries match the line in the shard, and also the line of
/// the raw corpus that becomes it. Numbers count after words such as "lines", in brackets, or after a colon. Never
/// throws.
ExcludeOutcome list_skipped(const SkippedReport& report, const std::atomic<bool>& stop, const OnEntry& on_entry);

}  // namespace visionshard
