// Reports what a provider would refuse, skip or cut in raw corpora, finished shards and files of other programs. Writes
// nothing.
#pragma once

#include <visionshard/options.h>
#include <visionshard/status.h>
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

/// What the provider does because of a finding.
enum class Effect : std::uint8_t {
  refused,  // refuses the whole file
  skipped,  // skips the example
  cut,      // cuts off the end of the example, and with it the answer
  warning,  // nothing that is known; does not make the file unacceptable
};

/// Returns "refused", "skipped", "cut" or "warning". Thread-safe.
std::string_view name(Effect effect) noexcept;

/// One finding. The views are valid for the lifetime of the process.
struct Finding {
  std::string_view code;  // stable: a reason code of rejected.jsonl, a kind of conversion, or one of a file's own
  Effect effect = Effect::skipped;
  bool repairable = false;  // convert() repairs it
  std::string file;
  std::uint64_t line = 0;  // from 1; 0 for a finding about the file
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
  std::uint64_t lines = 0;     // lines with at least one of them; files, for findings about files
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

/// Users of Azure report that a file with more skipped examples than this fails as a whole.
inline constexpr std::uint64_t max_skipped_examples = 200;

/// What was counted in all files.
struct CheckCounts {
  std::uint64_t lines = 0;
  std::uint64_t blank = 0;
  std::uint64_t examples = 0;
  std::uint64_t image_examples = 0;
  std::uint64_t images = 0;
  std::uint64_t urls = 0;                // images by URL
  std::uint64_t urls_in_store = 0;       // those of them that are in the store; only they are decoded, as the others
  std::uint64_t skipped = 0;             // examples that the provider would skip
  std::uint64_t skipped_repairable = 0;  // those of them whose findings convert() can all repair
};

/// The result of check(). The views are valid for the lifetime of the process.
struct CheckReport {
  CheckCounts counts;
  bool accepted = true;                // there are only warnings
  bool over_most_skipped = false;      // in any one file
  std::vector<FindingGroup> findings;  // by effect, then by number
  std::vector<CheckedFile> files;
  std::map<std::string, std::uint64_t, std::less<>> formats;  // images by "JPEG", "PNG", ...
  std::map<std::string, std::uint64_t, std::less<>> modes;    // by "RGB 8 bit", "palette", ...
  std::map<std::uint32_t, std::uint64_t> longest_sides;       // in pixels, rounded up to a power of two
  std::map<std::uint64_t, std::uint64_t> image_bytes;         // in bytes, rounded up to a power of two
  ImageTokens tokens;
  std::vector<std::string> manifests;  // of finished runs, each compared with its shards
  std::string store_xxh128;            // of the index of LineOptions::store; empty without one
  double seconds = 0;
  unsigned threads = 0;
};

/// How OpenAI's models count image tokens: tiles (gpt-4o, gpt-4.1), patches_mini (gpt-4.1-mini), patches_nano
/// (gpt-4.1-nano). ImageTokens has one count for each.
enum class ModelFamily : std::uint8_t { tiles, patches_mini, patches_nano };

/// Options of check(). Of `line` and `image` only max_line_bytes, store, max_pixels and orient have an effect. With a
/// store, images by URL are looked up in it, and those that are there are checked as the others; otherwise they are not
/// looked at. The rest is as for convert().
struct CheckOptions {
  std::vector<std::string> inputs;  // files, directories, "-", or one directory of a finished run
  std::string profile = "openai";
  Limits limits;
  LineOptions line;
  ImageOptions image;
  ModelFamily model = ModelFamily::tiles;  // whose count is compared with Limits::max_image_tokens
  unsigned threads = 0;
  std::uint64_t memory_bytes = 0;
};

struct CheckOutcome {
  RunStatus status = RunStatus::done;  // done, failed or interrupted; refused or not_ready because of the store
  std::string message;                 // one sentence: what failed and what to do; empty if done
  CheckReport report;
};

/// Called for each finding, in input order, by one thread at a time. Must not throw.
using OnFinding = std::function<void(const Finding& finding)>;

/// What a check of images by URL cannot know, as one sentence for people.
inline constexpr std::string_view provider_reach =
    "the store has what was fetched from here; the provider's servers may reach less, or other images";

/// Checks `options.inputs` against `options.limits`. Every image is decoded in full. A line has no finding and no
/// warning exactly when convert() would copy it unchanged and its images decode; only JSON escapes in data URLs, which
/// mean the same to every reader, are left out of this. For the folder of a finished run, the shards are also compared
/// with its manifest. Returns the report, or a status and a message if reading failed or `stop` was set (by another
/// thread or a signal handler). Never prints, exits, throws or writes a file. Several calls may run at the same time.
CheckOutcome check(const CheckOptions& options, const std::atomic<bool>& stop, const Progress& progress = {},
                   const OnFinding& on_finding = {});

/// Returns the report as one JSON object and a newline, as `check --json` prints it. Thread-safe.
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
