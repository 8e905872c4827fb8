#include "cli/terminal/metrics_file.h"

#include <fmt/format.h>
#include <visionshard/version.h>

#include <ctime>
#include <string_view>

#include "base/atomic_file.h"

namespace visionshard::cli {
namespace {

class Text {
 public:
  void family(std::string_view name, std::string_view help) {
    name_ = fmt::format("visionshard_{}", name);
    out_ += fmt::format("# HELP {} {}\n# TYPE {} gauge\n", name_, help, name_);
  }
  // All labels and their values are fixed names, which need no escapes.
  template <class Number>
  void sample(Number value, std::string_view label = {}, std::string_view label_value = {}) {
    out_ += label.empty() ? fmt::format("{} {}\n", name_, value)
                          : fmt::format("{}{{{}=\"{}\"}} {}\n", name_, label, label_value, value);
  }
  std::string take() { return std::move(out_); }

 private:
  std::string name_, out_;
};

}  // namespace

std::string metrics_text(const RunOutcome& outcome, int exit_status) {
  const RunReport& r = outcome.report;
  const Counts& c = r.counts;
  Text text;
  text.family("build_info", "The program that ran.");
  text.sample(1, "version", version);
  text.family("last_run_success", "1 if the last run ended with exit status 0.");
  text.sample(outcome.status == RunStatus::done && exit_status == 0 ? 1 : 0);
  text.family("last_run_exit_status", "The exit status of the last run.");
  text.sample(exit_status);
  text.family("last_run_end_timestamp_seconds", "When the last run ended.");
  text.sample(static_cast<std::int64_t>(std::time(nullptr)));
  text.family("last_run_duration_seconds", "How long the last run took.");
  text.sample(r.seconds);
  text.family("last_run_lines", "Input lines by outcome.");
  text.sample(c.written, "outcome", "written");
  text.sample(c.rejected, "outcome", "rejected");
  text.sample(c.duplicates, "outcome", "duplicate");
  text.sample(c.excluded, "outcome", "excluded");
  text.sample(c.blank, "outcome", "blank");
  text.family("last_run_rejected_lines", "Rejected lines by reason.");
  for (std::size_t i = 0; i < fault_code_count; ++i)
    text.sample(r.rejects[i], "reason", name(static_cast<FaultCode>(i)));
  text.family("last_run_images", "Image values of written examples by outcome.");
  text.sample(c.images_kept, "outcome", "kept");
  text.sample(c.images_relabelled, "outcome", "relabelled");
  text.sample(c.images_converted, "outcome", "converted");
  text.sample(c.images_shrunk, "outcome", "shrunk");
  text.sample(c.images_dropped, "outcome", "dropped");
  text.family("last_run_bytes", "Bytes of input text and of shards.");
  text.sample(r.input_bytes, "direction", "in");
  text.sample(r.output_bytes, "direction", "out");
  text.family("last_run_shards", "Shards written.");
  text.sample(r.shards.size());
  return text.take();
}

std::string write_metrics(const std::string& path, const RunOutcome& outcome, int exit_status) {
  const auto written = write_file_atomically(path, metrics_text(outcome, exit_status), Durability::none);
  return written ? std::string() : written.error().message;
}

}  // namespace visionshard::cli
