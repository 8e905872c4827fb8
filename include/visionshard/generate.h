// A synthetic corpus for benchmarks, demos and tests.
#pragma once

#include <visionshard/status.h>

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

namespace visionshard {

enum class Mix : std::uint8_t {
  photos,     // 79 % of the lines compliant, 21 % to convert, one line in 1000 with a JPEG of 10.5 to 25 MB
  compliant,  // RGB JPEG 80 %, PNG 10 %, WebP 7 %, RGBA PNG 3 %: nothing to convert
  mixed,      // 78 % of the lines compliant, 21.4 % to convert, one line in 167 heavy
  convert,  // gray JPEG 40 %, palette PNG 20 %, gray PNG 15 %, CMYK JPEG 15 %, gray with alpha and 16-bit gray 5 % each
  heavy,    // one image a line, each of 10.5 to 25 MB: RGB JPEG 60 %, PNG 40 %
  urls,     // two lines in three with one https URL, one without an image
};

inline constexpr std::uint32_t largest_bank = 1'000'000;

/// Lines and their images depend only on `mix`, `seed`, `photographs` and `bank`, not on `threads` or the length of the
/// corpus. Other versions of the codec libraries may encode the same pixels to other bytes.
struct GenerateOptions {
  std::string output;  // a file, or "-" for standard output
  Mix mix = Mix::photos;
  std::uint64_t examples = 1000;       // lines; ignored if `bytes` is set
  std::optional<std::uint64_t> bytes;  // ends with the line that reaches it
  std::uint64_t seed = 1;
  std::string photographs;  // a directory of photographs to cut images out of; empty: synthetic pictures
  std::uint32_t bank = 0;   // 0: no image occurs twice. Otherwise the number of images in each group, from which lines
                            // draw, so that images repeat; at most largest_bank; they stay in memory
  unsigned threads = 0;     // that make images; 0 means all usable processors
  bool force = false;       // replace an existing file
};

struct GenerateOutcome {
  RunStatus status = RunStatus::done;
  std::string message;  // one sentence: what failed and what to do; empty if done
  std::uint64_t examples = 0;
  std::uint64_t images = 0;  // image values, URLs among them
  std::uint64_t bytes = 0;
  double making_seconds = 0;   // spent on images
  double writing_seconds = 0;  // spent on lines
};

/// Writes a corpus of JSON Lines, one chat example a line: a system message, a user message of a text part and one to
/// three image parts, an assistant message. The file is written as `output`.partial and renamed at the end; an
/// unfinished file is removed. Never prints, exits or throws. `stop` may be set by another thread or a signal handler.
/// Several calls may run at the same time, with different files.
GenerateOutcome generate_corpus(const GenerateOptions& options, const std::atomic<bool>& stop);

}  // namespace visionshard
