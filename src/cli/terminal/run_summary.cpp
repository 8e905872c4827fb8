#include "cli/terminal/run_summary.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/number_text.h"
#include "cli/terminal/printable.h"

namespace visionshard::cli {

std::string summary_text(const RunReport& report, const std::string& directory) {
  constexpr std::size_t max_places = 3;
  const Counts& c = report.counts;
  std::string out;
  const auto line = [&](const char* label, const std::string& text) { out += fmt::format("{:<10} {}\n", label, text); };
  const auto row = [&](std::uint64_t number, std::string_view name, std::string_view text) {
    out += fmt::format("{:>10}  {:<18} {}\n", grouped(number), name, text);
  };
  line("in", fmt::format("{}, {}{}", counted(c.lines, "line"), byte_size(report.input_bytes),
                         c.blank > 0 ? fmt::format("; {} blank", grouped(c.blank)) : ""));
  line("out", fmt::format("{} in {}, {}{}", counted(c.written, "example"), counted(report.shards.size(), "shard"),
                          byte_size(report.output_bytes),
                          c.duplicates > 0 ? fmt::format("; {} left out", counted(c.duplicates, "duplicate")) : ""));
  line("images",
       fmt::format("{}: {} kept, {} relabeled, {} converted, {} shrunk{}", grouped(c.images), grouped(c.images_kept),
                   grouped(c.images_relabelled), grouped(c.images_converted), grouped(c.images_shrunk),
                   c.images_dropped > 0 ? fmt::format("; {} dropped", grouped(c.images_dropped)) : ""));
  if (!report.conversions.empty()) line("changed", "an image can be counted in several of these lines");
  for (const auto& [kind, count] : report.conversions) row(count, kind, conversion_meaning(kind));
  line("rejected", c.rejected == 0 ? "none" : grouped(c.rejected));
  for (const auto& [code, places] : report.first_rejects) {
    row(report.rejects[static_cast<std::size_t>(code)], name(code), meaning(code));
    for (std::size_t i = 0; i < std::min(places.size(), max_places); ++i)
      out +=
          fmt::format("{:>12}{}:{}: {}\n", "", printable(places[i].file), places[i].line, printable(places[i].detail));
  }
  if (c.excluded > 0) line("excluded", grouped(c.excluded));
  for (const auto& [reason, excluded] : report.exclusions) row(excluded.lines, name(reason), exclusion_meaning(reason));
  if (const SplitReport& split = report.split; split.any()) {
    line("split", fmt::format("{} to train, {} to validate; {}, the largest of {}", counted(split.train, "example"),
                              grouped(split.validation), counted(split.groups, "group"),
                              counted(split.largest_group, "example")));
    if (split.shared_images_alone > 0)
      line("", fmt::format("{} would be on both sides if each example went its own way",
                           counted(split.shared_images_alone, "image")));
    if (!split.frequent_images.empty())
      line("", fmt::format("{} on more than 1 % of the lines {} not connect (see report.html)",
                           counted(split.frequent_images.size(), "image"),
                           split.frequent_images.size() == 1 ? "does" : "do"));
    if (split.merged_groups > 0)
      line("", fmt::format("{} joined from both sides went to train, and {} with it",
                           counted(split.merged_groups, "group"), counted(split.moved_examples, "validation example")));
  }
  if (const NearDuplicatesReport& near = report.near_duplicates; near.looked_for) {
    line("near", near.pairs == 0
                     ? "no near-duplicates"
                     : fmt::format("{}{} of near-duplicates; {} in {} and {}", near.has_more_pairs ? "at least " : "",
                                   counted(near.pairs, "pair"), counted(near.near_pictures, "picture"),
                                   counted(near.groups, "group"), counted(near.near_examples, "example")));
    if (const std::uint64_t unseen = near.flat_images + near.undecodable_images + report.images_by_url; unseen > 0)
      line("", fmt::format("{} could not be compared: by URL, without features, or not to be decoded",
                           counted(unseen, "image")));
  }
  if (!report.loss.empty()) line("loss", report.loss);
  if (const ReducedImages& r = report.reduced; r.images > 0) {
    line("reduced", fmt::format("{}: {} became {}", counted(r.images, "image"), byte_size(r.bytes_before),
                                byte_size(r.bytes_after)));
    line("", fmt::format("tokens {} became {} (gpt-4o, gpt-4.1), {} became {} (gpt-4.1-mini)",
                         grouped(r.tokens_before.tiles), grouped(r.tokens_after.tiles),
                         grouped(r.tokens_before.patches_mini), grouped(r.tokens_after.patches_mini)));
  }
  // seal does not know the time that the tasks took.
  if (report.threads > 0)
    line("time",
         report.lines_before_resumption > 0
             ? fmt::format("{:.2f} s since it was resumed, {}", report.seconds, counted(report.threads, "thread"))
             : fmt::format("{:.2f} s, {:.0f} MB/s, {}", report.seconds,
                           static_cast<double>(report.input_bytes) / 1e6 / std::max(report.seconds, 1e-9),
                           counted(report.threads, "thread")));
  if (directory == "none") {
    line("files", "none written");
    return out;
  }
  const std::string shown = printable(directory);
  if (!report.shards.empty())
    line("files",
         fmt::format("{}/{}{}: upload {}", shown, printable(report.shards.front().path),
                     report.shards.size() > 1 ? fmt::format(" to {}", printable(report.shards.back().path)) : "",
                     report.shards.size() > 1 ? "these" : "this"));
  if (c.rejected > 0)
    line("", fmt::format("{}/rejected.jsonl: the rejected lines; correct them and give the file to convert", shown));
  line("", fmt::format("{}/report.html: a report for people; {}/manifest.json: for programs", shown, shown));
  return out;
}

std::string summary_text(const GenerateOutcome& outcome, const std::string& file) {
  return fmt::format("{} with {}, {}, in {}; images made in {:.2f} s, lines written in {:.2f} s\n",
                     counted(outcome.examples, "example"), counted(outcome.images, "image"), byte_size(outcome.bytes),
                     file == "-" ? "standard output" : printable(file), outcome.making_seconds,
                     outcome.writing_seconds);
}

}  // namespace visionshard::cli
