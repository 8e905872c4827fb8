#include "report/page_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <type_traits>

#include "base/number_text.h"
#include "base/share.h"
#include "output/options_json.h"
#include "report/page_elements.h"

namespace visionshard::report {
namespace {

std::string per_second(double amount, double seconds, std::string_view unit) {
  return fmt::format("{} {}/s", grouped(static_cast<std::uint64_t>(amount / std::max(seconds, 1e-9) + 0.5)), unit);
}

std::string megabytes_per_second(std::uint64_t bytes, double seconds) {
  return per_second(static_cast<double>(bytes) / 1e6, seconds, "MB");
}

// The rate while a thread works on the stage. Some stages have no natural unit.
std::string stage_rate(const StageTime& time, const RunReport& report) {
  switch (time.stage) {
    case Stage::read:
    case Stage::parse:
    case Stage::assemble:
    case Stage::commit: return megabytes_per_second(report.input_bytes, time.busy_seconds);
    case Stage::digest:
    case Stage::write: return megabytes_per_second(report.output_bytes, time.busy_seconds);
    case Stage::convert:
      if (const std::uint64_t images = report.counts.images_converted + report.counts.images_shrunk; images > 0)
        return per_second(static_cast<double>(images), time.busy_seconds, "images");
      return "–";
    default: return "–";
  }
}

std::string value_text(std::uint64_t value) { return value == no_limit ? "no limit" : grouped(value); }
std::string value_text(std::optional<std::uint64_t> value) { return value_text(value.value_or(no_limit)); }
std::string value_text(Share value) { return share_text(value); }
std::string value_text(const std::vector<ExclusionList>& lists) {
  std::string text;
  for (const ExclusionList& list : lists) text += (text.empty() ? "" : ", ") + list.path;
  return text;
}
std::string value_text(int value) { return std::to_string(value); }
std::string value_text(const std::string& value) { return value.empty() ? "–" : value; }
template <class Value>
requires std::is_enum_v<Value> std::string value_text(Value value) {
  return std::string(word_for(words_of(value), value));
}

void append_stages(std::string& page, const RunReport& report) {
  const double thread_seconds = std::max(report.seconds * report.threads, 1e-9);
  Table table(page, "Busy time by stage, on all threads",
              {{"stage"}, {"share of all time"}, {"busy", true}, {"rate", true}});
  for (const StageTime& stage : report.stages)
    table.row(
        name(stage.stage),
        Markup{"<div class=\"bars\">" + bar(std::min(stage.busy_seconds / thread_seconds, 1.0), "after") + "</div>"},
        Figure{fmt::format("{:.3f} s", stage.busy_seconds)},
        Figure{report.lines_before_resumption > 0 ? "–" : stage_rate(stage, report)});
}

}  // namespace

void append_options(std::string& page, const ConvertOptions& options) {
  const Section section(page, "options", "Options");
  page += fmt::format("<p>By their names in <code>manifest.json</code>; the profile is <code>{}</code>.</p>\n",
                      page_text(options.profile));
  {
    Table table(page, "Limits", {{"name"}, {"value"}});
    output::each_limit(options, [&](const char* key, const auto& value) { table.row(key, value_text(value)); });
  }
  Table table(page, "Options", {{"name"}, {"value"}});
  output::each_option(options, [&](const char* key, const auto& value) { table.row(key, value_text(value)); });
  output::each_rare_option(options, [&](const char* key, const auto& value, const auto& usual) {
    if (value != usual) table.row(key, value_text(value));
  });
}

void append_times(std::string& page, const RunReport& report) {
  const Section section(page, "time", "Time");
  if (report.parts > 0) {
    page += fmt::format(
        "<p class=\"none\">The job was put together from {} parts made elsewhere; their times are not "
        "kept.</p>\n",
        grouped(report.parts));
    return;
  }
  if (report.lines_before_resumption > 0)
    page += fmt::format("<p>Times are those since the run was resumed, after {} lines; rates would mix both.</p>\n",
                        grouped(report.lines_before_resumption));
  {
    Table table(page, "The whole run", {{"what"}, {"value", true}});
    table.row("time", Figure{fmt::format("{:.2f} s", report.seconds)});
    table.row("threads", std::uint64_t{report.threads});
    table.row("memory for work in flight", Figure{byte_size(report.memory_bytes)});
    if (report.lines_before_resumption == 0) {
      table.row("input", Figure{megabytes_per_second(report.input_bytes, report.seconds)});
      table.row("lines", Figure{per_second(static_cast<double>(report.counts.lines), report.seconds, "lines")});
    }
  }
  if (!report.stages.empty()) append_stages(page, report);
}

}  // namespace visionshard::report
