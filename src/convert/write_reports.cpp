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
        fmt::format("{} shards were written where {} had been measured; the input changed meanwhile, or "
                    "this is a defect",
                    report.shards.size(), *options.shards));
  if (options.output.keeps_nothing()) return {};
  const Durability durability = options.output.sync ? Durability::synced : Durability::none;
  const auto write = [&](std::string_view name, const std::string& text, Durability how) {
    return write_file_atomically(fmt::format("{}/{}", options.output.directory, name), text, how);
  };
  // Those for people need not survive a power loss; each sync is a wait for the disk.
  const auto none = Durability::none;
  if (auto written = write(output::run_json_name, output::run_json(report), none); !written) return written;
  if (auto written = write(output::report_name, report::report_html(options, report), none); !written) return written;
  if (auto written = write(output::manifest_name, output::manifest_json(options, report), durability); !written)
    return written;
  return output::remove_work_directory(options.output.directory);
}

}  // namespace visionshard::conversion
