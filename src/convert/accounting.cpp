#include "convert/accounting.h"

#include <fmt/format.h>

#include <map>
#include <string_view>

#include "base/number_text.h"
#include "output/counts.h"

namespace visionshard::conversion {

RunResult<void> check_conservation(const Counts& c) {
  if (c.lines == c.blank + c.written + c.rejected + c.duplicates + c.excluded &&
      c.images == c.images_kept + c.images_relabelled + c.images_converted + c.images_shrunk)
    return {};
  return run_fault(
      fmt::format("the counts do not add up ({} lines, {} blank, {} written, {} rejected, {} duplicates, {} "
                  "excluded); the output is not to be trusted; please report this defect",
                  c.lines, c.blank, c.written, c.rejected, c.duplicates, c.excluded));
}

output::ExampleTally tally_of(const line::LineBatch& batch, const line::LineRecord& record) {
  output::ExampleTally tally;
  tally.kept = record.kept_urls;
  for (const line::ImageTask& task : batch.tasks_of(record)) {
    switch (task.outcome) {
      case line::ImageOutcome::kept: ++tally.kept; break;
      case line::ImageOutcome::relabelled: ++tally.relabelled; break;
      case line::ImageOutcome::converted: ++tally.converted; break;
      case line::ImageOutcome::shrunk: ++tally.shrunk; break;
      default: ++tally.dropped; continue;
    }
    tally.add(task.conversions);
  }
  tally.add(record.conversions);
  tally.hidden = record.extras && record.extras->hidden_image != example::HiddenImage::none;
  return tally;
}

RunReport counts_of(const RunReport& report, std::size_t first_input, std::size_t end_input) {
  RunReport counts;
  counts.counts = report.counts;
  counts.rejects = report.rejects;
  counts.first_rejects = report.first_rejects;
  counts.conversions = report.conversions;
  counts.hidden_images = report.hidden_images;
  counts.exclusions = report.exclusions;
  for (std::size_t i = first_input; i < end_input; ++i) {
    InputFile& input = counts.inputs.emplace_back();
    input.lines = report.inputs[i].lines;
    input.instead = report.inputs[i].instead;
  }
  counts.tries = report.tries;
  counts.reduced = report.reduced;
  counts.images_before = report.images_before;
  counts.images_after = report.images_after;
  counts.images_by_url = report.images_by_url;
  counts.input_bytes = report.input_bytes;
  counts.output_bytes = report.output_bytes;
  return counts;
}

void add_first_reject(RunReport& report, FaultCode code, RejectedPlace place) {
  std::vector<RejectedPlace>& places = report.first_rejects[code];
  if (places.size() < max_first_rejects) places.push_back(std::move(place));
}

void add_part(RunReport& sum, const RunReport& part, std::size_t file) {
  InputFile& input = sum.inputs[file];
  output::add_counts(sum.counts, part.counts);
  for (std::size_t i = 0; i < fault_code_count; ++i) sum.rejects[i] += part.rejects[i];
  for (const auto& [code, places] : part.first_rejects)
    for (const RejectedPlace& place : places)
      add_first_reject(sum, code, {input.path, input.lines + place.line, place.pointer, place.detail});
  for (const auto& [reason, excluded] : part.exclusions) {
    ExcludedLines& all = sum.exclusions[reason];
    all.lines += excluded.lines;
    for (const RejectedPlace& place : excluded.first)
      if (all.first.size() < max_first_rejects) all.first.push_back({input.path, input.lines + place.line, "", ""});
  }
  for (const auto& [kind, count] : part.conversions) sum.conversions[kind] += count;
  if (part.hidden_images.examples > 0 && sum.hidden_images.examples == 0) {
    sum.hidden_images.first = part.hidden_images.first;
    sum.hidden_images.first.file = input.path;
    sum.hidden_images.first.line += input.lines;
  }
  sum.hidden_images.examples += part.hidden_images.examples;
  for (const auto& [tries, images] : part.tries) sum.tries[tries] += images;
  sum.reduced += part.reduced;
  sum.images_before += part.images_before;
  sum.images_after += part.images_after;
  sum.images_by_url += part.images_by_url;
  ++sum.parts;
  sum.input_bytes += part.input_bytes;
  sum.output_bytes += part.output_bytes;
  for (const InputFile& in_part : part.inputs) {
    input.lines += in_part.lines;
    if (!in_part.instead.empty()) input.instead = in_part.instead;
  }
}

void count_image(RunReport& report, const line::ImageTask& task) {
  if (task.facts_before.format.empty()) {
    ++report.images_by_url;
    return;
  }
  report.images_before.add(task.facts_before, task.tokens_before);
  report.images_after.add(task.facts_after, task.tokens_after);
}

namespace {

// One warning for each kind of file, however many files there are.
void warn_of_other_files(RunReport& report) {
  std::map<std::string_view, std::vector<const InputFile*>> kinds;
  for (const InputFile& input : report.inputs)
    if (!input.instead.empty()) kinds[input.instead].push_back(&input);
  for (const auto& [sentence, files] : kinds)
    report.warnings.push_back(fmt::format(
        "{}{}: {}", files.front()->path == "-" ? "standard input" : files.front()->path,
        files.size() > 1 ? fmt::format(" (and {} more file{})", files.size() - 1, files.size() > 2 ? "s" : "") : "",
        sentence));
}

void warn_of_hidden_images(RunReport& report) {
  const HiddenImages& hidden = report.hidden_images;
  if (hidden.examples == 0) return;
  report.warnings.push_back(
      fmt::format("hidden_image: {} example{} written with an image that no model sees; the first "
                  "is {}:{}{}{}: {}",
                  hidden.examples, hidden.examples == 1 ? " was" : "s were", hidden.first.file, hidden.first.line,
                  hidden.first.pointer.empty() ? "" : " ", hidden.first.pointer, hidden.first.detail));
}

}  // namespace

void warn_of_foreign_places(const exclusion::Exclusions* exclusions, RunReport& report) {
  if (exclusions == nullptr || exclusions->foreign_places() == 0) return;
  const std::uint64_t entries = exclusions->foreign_places();
  report.warnings.push_back(
      fmt::format("--exclude: {} of the lists {} a line of a file that is no input, or is given by another path",
                  entries == 1 ? "an entry" : fmt::format("{} entries", entries), entries == 1 ? "names" : "name"));
}

void add_warnings(const Limits& limits, RunReport& report) {
  constexpr std::size_t max_named = 3;
  warn_of_other_files(report);
  warn_of_hidden_images(report);
  if (const auto equal = report.conversions.find("equal_outputs");
      equal != report.conversions.end() && equal->second > 0)
    report.warnings.push_back(fmt::format("equal_outputs: {} preference example{} equal outputs, and teach{} nothing",
                                          equal->second, equal->second == 1 ? " has" : "s have",
                                          equal->second == 1 ? "es" : ""));
  std::size_t small = 0;
  for (const ShardInfo& s : report.shards)
    if (s.examples < limits.min_examples && ++small <= max_named)
      report.warnings.push_back(fmt::format("{} holds {}; the provider wants at least {} in a file", s.path,
                                            counted(s.examples, "example"), limits.min_examples));
  if (small > max_named)
    report.warnings.push_back(
        fmt::format("{} more files hold fewer than {} examples; --max-shard-bytes and "
                    "--max-image-examples say how much goes into one",
                    small - max_named, limits.min_examples));
  if (report.counts.written == 0) report.warnings.push_back("nothing was written: no line is an acceptable example");
}

}  // namespace visionshard::conversion
