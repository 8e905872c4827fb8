#include <fmt/format.h>
#include <visionshard/exclude.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/catch_to_result.h"
#include "base/file.h"
#include "base/json_writer.h"
#include "base/sha256.h"
#include "exclusion/each_line.h"
#include "exclusion/skipped_lines.h"

namespace visionshard::exclusion {
namespace {

// A provider's message names so many lines for each reason, and no more.
constexpr std::uint64_t lines_in_message = 100;

// The shard that a text means by `name`: by the same path, or by its name alone where the text has no folder.
RunResult<std::string> shard_named(const std::string& name, const std::vector<std::string>& shards) {
  const auto named = std::ranges::find(shards, name);
  if (named != shards.end()) return name;
  std::vector<std::string> alike;
  for (const std::string& shard : shards)
    if (std::filesystem::path(shard).filename() == std::filesystem::path(name).filename()) alike.push_back(shard);
  if (alike.size() == 1) return alike.front();
  if (shards.empty()) return name;
  return refusal(fmt::format("the text names {}, which is none of the files given", name));
}

// Whether it is the message itself in place of a file: it has line numbers, and reads as no file's name.
bool is_message(const std::string& text) {
  std::error_code ignored;
  const std::string extension = std::filesystem::path(text).extension();
  const bool is_name = extension.size() > 1 && extension.find_first_of(" \n:]}") == std::string::npos;
  return !is_name && !std::filesystem::exists(text, ignored) && !skipped_lines(text).empty();
}

using Lines = std::map<std::uint64_t, std::string>;  // by number: the reason

RunResult<std::map<std::string, Lines>> lines_of_shards(const SkippedReport& report, ExcludeOutcome& outcome) {
  std::optional<std::string> text;
  if (is_message(report.text_path))
    text = report.text_path;
  else
    text = VISIONSHARD_TRY(read_file(report.text_path));
  if (!text) return refusal(report.text_path + ": is no file, and a message would have line numbers");
  const std::vector<SkippedLine> skipped = skipped_lines(*text);
  if (skipped.empty())
    return refusal(report.text_path +
                   ": no line numbers are in it; they count after words such as \"lines\", in brackets, or as "
                   "FILE:LINE");
  std::map<std::string, Lines> all;
  std::map<std::string, std::uint64_t> reasons;
  for (const SkippedLine& line : skipped) {
    if (line.file.empty() && report.shards.size() != 1)
      return refusal(
          fmt::format("{}: has line numbers without a file; give the one SHARD that they are of", report.text_path));
    const std::string shard =
        line.file.empty() ? report.shards.front() : VISIONSHARD_TRY(shard_named(line.file, report.shards));
    if (all[shard].try_emplace(line.line, line.reason).second && line.file.empty()) ++reasons[line.reason];
  }
  for (const auto& [reason, lines] : reasons)
    if (lines == lines_in_message)
      outcome.warnings.push_back(
          fmt::format("the message names {} lines{}; providers name only the first hundred, so that there may be more",
                      lines, reason.empty() ? "" : fmt::format(" for \"{}\"", reason)));
  return all;
}

std::string entry_text(const std::string& shard, std::uint64_t number, std::string_view line,
                       const std::string& reason) {
  Sha256 digest;
  digest.update(as_bytes(line));
  JsonWriter json(JsonLayout::compact);
  json.begin_object().field("example", hexadecimal(digest.finish()));
  if (!reason.empty()) json.field("reason", reason);
  return json.field("file", shard).field("line", number).end_object().take();
}

RunResult<void> list(const SkippedReport& report, const std::atomic<bool>& stop, const OnEntry& on_entry,
                     ExcludeOutcome& outcome) {
  auto shards = VISIONSHARD_TRY(lines_of_shards(report, outcome));
  for (const auto& each : shards) {
    // Clang 14 cannot capture structured bindings.
    const std::string& shard = each.first;
    const auto& lines = each.second;
    auto next = lines.begin();
    std::uint64_t last = 0;
    auto read = each_line(
        shard, UINT32_MAX, [&] { return !stop; },
        [&](std::optional<std::string_view> line, std::uint64_t number, std::uint64_t) -> RunResult<bool> {
          last = number;
          if (number != next->first) return true;
          if (!line) return run_fault(fmt::format("{}:{}: is longer than 4 GiB", shard, number));
          if (line->ends_with('\r')) line->remove_suffix(1);
          on_entry(entry_text(shard, number, *line, next->second));
          ++outcome.entries;
          return ++next != lines.end();
        });
    VISIONSHARD_TRY(std::move(read));
    if (next != lines.end())
      return refusal(fmt::format("{}: has {} lines, and the text names line {}; is it the file that was uploaded?",
                                 shard, last, next->first));
  }
  return {};
}

}  // namespace
}  // namespace visionshard::exclusion

namespace visionshard {

ExcludeOutcome list_skipped(const SkippedReport& report, const std::atomic<bool>& stop, const OnEntry& on_entry) {
  return catch_to_result<ExcludeOutcome>([&](ExcludeOutcome& outcome) {
    auto done = exclusion::list(report, stop, on_entry, outcome);
    if (done) return;
    outcome.status = done.error().status;
    outcome.message = std::move(done.error().message);
  });
}

}  // namespace visionshard
