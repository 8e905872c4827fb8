#include "cli/log_file.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <visionshard/version.h>

#include <cerrno>
#include <chrono>
#include <system_error>

namespace visionshard::cli {
namespace {

const char* name(LogLevel level) {
  switch (level) {
    case LogLevel::info: return "info";
    case LogLevel::warning: return "warning";
    case LogLevel::error: return "error";
  }
  return "";
}

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

}  // namespace

std::string LogFile::open(const std::string& path, LogLevel least) {
  least_ = least;
  path_ = path;
  file_.reset(std::fopen(path.c_str(), "ae"));
  // Without a buffer a line is one write(2), of whatever length.
  if (file_ && std::setvbuf(file_.get(), nullptr, _IONBF, 0) == 0) return {};
  return fmt::format("{}: cannot open the log: {}", path, std::generic_category().message(errno));
}

void LogFile::write(LogLevel level, const char* event, const std::string& members) {
  if (!file_ || level < least_) return;
  const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  // One write a line, so that lines of runs that share a log stay whole.
  const std::string line =
      fmt::format("{{\"time\":\"{:%Y-%m-%dT%H:%M:%S}.{:03}Z\",\"level\":\"{}\",\"event\":\"{}\"{}{}}}\n",
                  fmt::gmtime(std::chrono::system_clock::to_time_t(now)), now.time_since_epoch().count() % 1000,
                  name(level), event, members.empty() ? "" : ",", members);
  const std::lock_guard lock(mutex_);
  if (std::fwrite(line.data(), 1, line.size(), file_.get()) != line.size() && wrong_.empty())
    wrong_ = fmt::format("{}: cannot write the log: {}", path_, std::generic_category().message(errno));
}

void LogFile::started(const ConvertOptions& options) {
  std::string inputs;
  for (const std::string& input : options.inputs)
    inputs += fmt::format("{}{}", inputs.empty() ? "" : ",", json_string(input));
  write(LogLevel::info, "start",
        fmt::format("\"version\":\"{}\",\"profile\":{},\"output\":{},\"inputs\":[{}]", version,
                    json_string(options.profile), json_string(options.output.directory), inputs));
}

void LogFile::shard(const ShardInfo& s) {
  write(LogLevel::info, "shard",
        fmt::format("\"path\":{},\"bytes\":{},\"xxh128\":\"{}\"{},\"examples\":{},\"image_examples\":{},\"images\":{}",
                    json_string(s.path), s.bytes, s.xxh128,
                    s.sha256.empty() ? "" : fmt::format(",\"sha256\":\"{}\"", s.sha256), s.examples, s.image_examples,
                    s.images));
}

void LogFile::ended(const RunOutcome& outcome, int exit_status) {
  const RunReport& r = outcome.report;
  for (const auto& [code, places] : r.first_rejects)
    write(LogLevel::warning, "rejects",
          fmt::format("\"reason\":\"{}\",\"lines\":{},\"first_file\":{},\"first_line\":{},\"detail\":{}",
                      visionshard::name(code), r.rejects[static_cast<std::size_t>(code)],
                      json_string(places.front().file), places.front().line, json_string(places.front().detail)));
  for (const std::string& warning : r.warnings)
    write(LogLevel::warning, "warning", fmt::format("\"message\":{}", json_string(warning)));
  for (const StageTime& stage : r.stages)
    write(LogLevel::info, "stage",
          fmt::format("\"stage\":\"{}\",\"steps\":{},\"busy_seconds\":{:.3f}", name(stage.stage), stage.steps,
                      stage.busy_seconds));
  const Counts& c = r.counts;
  const bool good = outcome.status == RunStatus::done;
  write(
      good ? LogLevel::info : LogLevel::error, "end",
      fmt::format(
          "\"status\":\"{}\",\"exit\":{},\"message\":{},\"seconds\":{:.3f},\"lines\":{},\"blank\":{},\"written\":{},"
          "\"rejected\":{},\"duplicates\":{},\"images\":{},\"images_converted\":{},\"images_shrunk\":{},\"shards\":{},"
          "\"input_bytes\":{},\"output_bytes\":{}",
          name(outcome.status), exit_status, json_string(outcome.message), r.seconds, c.lines, c.blank, c.written,
          c.rejected, c.duplicates, c.images, c.images_converted, c.images_shrunk, r.shards.size(), r.input_bytes,
          r.output_bytes));
}

}  // namespace visionshard::cli
