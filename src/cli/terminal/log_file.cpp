#include "cli/terminal/log_file.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <visionshard/version.h>

#include <cerrno>
#include <chrono>
#include <system_error>

namespace visionshard::cli {
namespace {

const char* name(RunStatus status) {
  switch (status) {
    case RunStatus::done: return "done";
    case RunStatus::refused: return "refused";
    case RunStatus::failed: return "failed";
    case RunStatus::interrupted: return "interrupted";
    case RunStatus::not_ready: return "not_ready";
  }
  return "";
}

std::string time_text() {
  const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(now)),
                     now.time_since_epoch().count() % 1000);
}

}  // namespace

std::string LogFile::open(const std::string& path, LogLevel min_level) {
  min_level_ = min_level;
  path_ = path;
  file_.reset(std::fopen(path.c_str(), "ae"));
  // Without a buffer each line is one write(2), however long it is.
  if (file_ && std::setvbuf(file_.get(), nullptr, _IONBF, 0) == 0) return {};
  return fmt::format("{}: cannot open the log: {}", path, std::generic_category().message(errno));
}

template <class WriteMembers>
void LogFile::write(LogLevel level, const char* event, WriteMembers write_members) {
  if (!file_ || level < min_level_) return;
  JsonWriter json(JsonLayout::compact);
  json.begin_object().field("time", time_text()).field("level", word_for(log_level_words, level)).field("event", event);
  write_members(json);
  append(json.end_object().take());
}

// One write, so that lines of runs that share a log stay whole.
void LogFile::append(const std::string& line) {
  const std::lock_guard lock(mutex_);
  if (std::fwrite(line.data(), 1, line.size(), file_.get()) != line.size() && error_.empty())
    error_ = fmt::format("{}: cannot write the log: {}", path_, std::generic_category().message(errno));
}

void LogFile::report_start(const ConvertOptions& options) {
  write(LogLevel::info, "start", [&](JsonWriter& json) {
    json.field("version", version).field("profile", options.profile).field("output", options.output.directory);
    json.begin_array("inputs");
    for (const std::string& input : options.inputs) json.field("", input);
    json.end_array();
  });
}

void LogFile::report_shard(const ShardInfo& s) {
  write(LogLevel::info, "shard", [&](JsonWriter& json) {
    json.field("path", s.path).field("bytes", s.bytes).field("xxh128", s.xxh128);
    if (!s.sha256.empty()) json.field("sha256", s.sha256);
    json.field("examples", s.examples).field("image_examples", s.image_examples).field("images", s.images);
  });
}

void LogFile::report_end(const RunOutcome& outcome, int exit_status) {
  const RunReport& r = outcome.report;
  for (const auto& [code, places] : r.first_rejects)
    write(LogLevel::warning, "rejects", [&, code = code, &first = places.front()](JsonWriter& json) {
      json.field("reason", visionshard::name(code))
          .field("lines", r.rejects[static_cast<std::size_t>(code)])
          .field("first_file", first.file)
          .field("first_line", first.line)
          .field("detail", first.detail);
    });
  for (const std::string& warning : r.warnings)
    write(LogLevel::warning, "warning", [&](JsonWriter& json) { json.field("message", warning); });
  for (const StageTime& stage : r.stages)
    write(LogLevel::info, "stage", [&](JsonWriter& json) {
      json.field("stage", name(stage.stage)).field("steps", stage.steps).field("busy_seconds", stage.busy_seconds);
    });
  const Counts& c = r.counts;
  const bool good = outcome.status == RunStatus::done;
  write(good ? LogLevel::info : LogLevel::error, "end", [&](JsonWriter& json) {
    json.field("status", name(outcome.status))
        .field("exit", static_cast<std::uint64_t>(exit_status))
        .field("message", outcome.message)
        .field("seconds", r.seconds)
        .field("lines", c.lines)
        .field("blank", c.blank)
        .field("written", c.written)
        .field("rejected", c.rejected)
        .field("duplicates", c.duplicates)
        .field("excluded", c.excluded)
        .field("images", c.images)
        .field("images_converted", c.images_converted)
        .field("images_shrunk", c.images_shrunk)
        .field("shards", std::uint64_t{r.shards.size()})
        .field("input_bytes", r.input_bytes)
        .field("output_bytes", r.output_bytes);
  });
}

}  // namespace visionshard::cli
