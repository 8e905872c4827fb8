#include "convert/write_reports.h"

#include <fmt/format.h>

#include "base/atomic_file.h"
#include "convert/accounting.h"
#include "output/manifest.h"
#include "output/run_directory.h"
#include "report/html.h"

namespace visionshard::conversion {

RunResult<void> write_reports(const ConvertOptions& options, const RunReport& report) {
  if (auto kept = check_conservation(report.counts); !kept) return kept;
  if (options.shards && report.shards.size() > *options.shards)
    return run_fault(
        fmt::format("{} shards were written, but --shards measured {}; either the input changed during the run, or "
                    "this is a defect; please report it",
                    report.shards.size(), *options.shards));
  if (options.output.keeps_nothing()) return {};
  const Durability durability = durability_of(options.output.sync);
  const auto write = [&](std::string_view name, const std::string& text, Durability how) {
    return write_file_atomically(fmt::format("{}/{}", options.output.directory, name), text, how);
  };
  // Only the manifest must survive a power loss: each sync waits for the disk.
  const auto none = Durability::none;
  if (auto written = write(output::run_json_name, output::run_json(options, report), none); !written) return written;
  if (auto written = write(output::report_name, report::report_html(options, report), none); !written) return written;
  if (auto written = write(output::manifest_name, output::manifest_json(options, report), durability); !written)
    return written;
  return output::remove_work_directory(options.output.directory);
}

}  // namespace visionshard::conversion
