// Would the provider take it? Raw corpora, finished shards and files made by anything else, looked at and left alone.
#pragma once

#include <visionshard/options.h>
#include <visionshard/run.h>
#include <visionshard/tokens.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace visionshard {

class JsonWriter;

/// What the provider does about a finding.
enum class Effect : std::uint8_t {
  refused,  // the whole file
  skipped,  // the example
  cut,      // the example's end, and with it the answer
  warning,  // nothing, as far as is known; not counted against the file
};

/// "refused", "skipped", "cut" or "warning". Thread-safe.
std::string_view name(Effect effect) noexcept;

/// One thing found. The views hold as long as the process.
struct Finding {
  std::string_view code;  // stable: a reason code of rejected.jsonl, a kind of conversion, or one of a file's own
  Effect effect = Effect::skipped;
  bool repairable = false;  // visionshard convert repairs it
  std::string file;
  std::uint64_t line = 0;  // from 1; 0 where it is about the file
  std::string pointer;     // JSON pointer into the line; empty where none applies
  std::string detail;      // a sentence with the numbers that matter
};

/// Findings of one code.
struct FindingGroup {
  std::string_view code;
  std::string_view meaning;
  Effect effect = Effect::skipped;
  bool repairable = false;
  std::uint64_t findings = 0;
  std::uint64_t lines = 0;     // with at least one of them; files, of those about files
  std::vector<Finding> first;  // at most first_findings
};

inline constexpr std::size_t first_findings = 3;

/// What was counted in one file.
struct CheckedFile {
  std::string path;
  std::uint64_t bytes = 0;  // of text, after decompression
  std::uint64_t lines = 0;
  std::uint64_t examples = 0;  // lines that are not blank
  std::uint64_t image_examples = 0;
  std::uint64_t images = 0;
  std::uint64_t skipped = 0;  // examples with a finding of that effect
  ImageTokens tokens;
  ImageTokens max_tokens;  // of one example, by each count
};

/// A file with more skipped examples fails as a whole on Azure, as users of it report.
inline constexpr std::uint64_t max_skipped_examples = 200;

/// What was counted in all files.
struct CheckCounts {
  std::uint64_t lines = 0;
  std::uint64_t blank = 0;
  std::uint64_t examples = 0;
  std::uint64_t image_examples = 0;
  std::uint64_t images = 0;
  std::uint64_t urls = 0;                // of them by URL: neither looked at nor counted in tokens
  std::uint64_t skipped = 0;             // examples the provider would leave out
  std::uint64_t skipped_repairable = 0;  // of them those with no finding that convert cannot repair
};

/// What `check` found. The views hold as long as the process.
struct CheckReport {
  CheckCounts counts;
  bool accepted = true;                // no finding but warnings
  bool over_most_skipped = false;      // in any one file
  std::vector<FindingGroup> findings;  // by effect, then by number
  std::vector<CheckedFile> files;
  std::map<std::string, std::uint64_t, std::less<>> formats;  // images by "JPEG", "PNG", ...
  std::map<std::string, std::uint64_t, std::less<>> modes;    // by "RGB 8 bit", "palette", ...
  std::map<std::uint32_t, std::uint64_t> longest_sides;       // by the smallest power of two that is not below it
  std::map<std::uint64_t, std::uint64_t> image_bytes;         // likewise
  ImageTokens tokens;
  std::vector<std::string> manifests;  // of finished runs, each compared with its shards
  double seconds = 0;
  unsigned threads = 0;
};

/// Of OpenAI's models: gpt-4o and gpt-4.1, gpt-4.1-mini, gpt-4.1-nano. ImageTokens has each one's count.
enum class ModelFamily : std::uint8_t { tiles, patches_mini, patches_nano };

/// `line.max_line_bytes`, `image.max_pixels` and `image.orient` are as for convert; every image is decoded in full.
struct CheckOptions {
  std::vector<std::string> inputs;  // files, directories, "-", or one directory of a finished run
  std::string profile = "openai";
  Limits limits;
  LineOptions line;
  ImageOptions image;
  ModelFamily model = ModelFamily::tiles;  // by which max_image_tokens is counted
  unsigned threads = 0;
  std::uint64_t memory_bytes = 0;
};

struct CheckOutcome {
  RunStatus status = RunStatus::done;  // done, failed or interrupted
  std::string message;                 // one sentence that names the thing and the way out; empty when done
  CheckReport report;
};

/// Told each finding, in input order, from one thread at a time. Must not throw.
using OnFinding = std::function<void(const Finding& finding)>;

/// Applies what `options.limits` say as a provider would, with no tolerance: a line has no finding, not even a warning,
/// exactly where convert would write it as it is, but for JSON escapes in data URLs, which are the same to a reader.
/// Decides from the bytes alone; of a finished run also whether they are those its manifest names. Never prints, exits,
/// throws or writes a file. `stop` may be set from another thread or a signal handler.
CheckOutcome check(const CheckOptions& options, const std::atomic<bool>& stop, const Progress& progress = {},
                   const OnFinding& on_finding = {});

/// What `--json` prints of a check: one JSON object with a newline after it. Thread-safe.
std::string check_json(const CheckOptions& options, const CheckReport& report);

/// What `--json --list` prints of a check, in pieces: the object of check_json with the list of all findings as its
/// first member, "list". The list can be longer than memory. Not thread-safe.
class CheckJsonStream {
 public:
  CheckJsonStream();
  ~CheckJsonStream();
  CheckJsonStream(const CheckJsonStream&) = delete;
  CheckJsonStream& operator=(const CheckJsonStream&) = delete;

  /// The text up to and with this finding.
  std::string append(const Finding& finding);
  /// The text after the last finding.
  std::string finish(const CheckOptions& options, const CheckReport& report);
  /// The same of a check that ended early: the object has no more members.
  std::string finish();

 private:
  std::unique_ptr<JsonWriter> json_;
};

}  // namespace visionshard
