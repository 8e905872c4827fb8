#include "cli/terminal/check_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "base/number_text.h"
#include "cli/terminal/printable.h"

namespace visionshard::cli {
namespace {

bool any(const CheckReport& report, Effect effect) {
  return std::any_of(report.findings.begin(), report.findings.end(),
                     [&](const FindingGroup& group) { return group.effect == effect; });
}

std::string validation(const CheckOptions& options, const CheckReport& report) {
  const CheckCounts& c = report.counts;
  const std::string what =
      fmt::format("{} in {}", counted(c.examples, "example"), counted(report.files.size(), "file"));
  const std::string profile = printable(options.profile);
  if (report.accepted) return fmt::format("accepted by the rules of {}: {}\n", profile, what);
  std::string out = fmt::format("not accepted by the rules of {}: {}\n", profile, what);
  if (any(report, Effect::refused)) out += "  the provider would refuse at least one whole file\n";
  const bool strict = options.limits.strict_file;
  if (c.skipped > 0)
    out += fmt::format("  {} would be {}; visionshard convert corrects {}\n", counted(c.skipped, "example"),
                       strict ? "refused, and one is enough to fail the whole file" : "skipped or misread",
                       c.skipped_repairable == c.skipped ? "all of them" : grouped(c.skipped_repairable) + " of them");
  if (c.skipped > 0 && !strict)
    out += fmt::format(
        "  {} file has more than {} skipped examples; users of Azure report that such a file fails as a whole\n",
        report.over_most_skipped ? "at least one" : "no", max_skipped_examples);
  if (any(report, Effect::cut)) out += "  the provider would cut the end of examples, which is the answer\n";
  return out;
}

std::string place(const Finding& finding) {
  return finding.line == 0 ? printable(finding.file)
                           : fmt::format("{}:{}{}{}", printable(finding.file), finding.line,
                                         finding.pointer.empty() ? "" : " ", printable(finding.pointer));
}

std::string findings(const CheckReport& report) {
  std::string out = "\nfindings\n";
  for (const FindingGroup& group : report.findings) {
    out += fmt::format("{:>9} {:<24} {}{}\n", grouped(group.findings), group.code, name(group.effect),
                       group.repairable && group.effect != Effect::warning ? "; convert corrects it" : "");
    out += fmt::format("{:>10}{}\n", "", group.meaning);
    for (const Finding& first : group.first)
      out += fmt::format("{:>10}{}: {}\n", "", place(first), printable(first.detail));
  }
  return out;
}

std::string files(const CheckOptions& options, const CheckReport& report) {
  constexpr std::size_t max_files = 20;
  std::string out = fmt::format("\n{:>15} {:>8} {:>10} {:>10} {:>10} {:>9} {:>12}  file\n", "bytes", "of limit",
                                "examples", "with image", "images", "skipped", "tokens");
  for (const CheckedFile& f : std::span(report.files).first(std::min(report.files.size(), max_files)))
    out += fmt::format("{:>15} {:>8} {:>10} {:>10} {:>10} {:>9} {:>12}  {}\n", grouped(f.bytes),
                       options.limits.max_shard_bytes == no_limit
                           ? "-"
                           : fmt::format("{:.1f} %", 100 * static_cast<double>(f.bytes) /
                                                         static_cast<double>(options.limits.max_shard_bytes)),
                       grouped(f.examples), grouped(f.image_examples), grouped(f.images), grouped(f.skipped),
                       grouped(f.tokens.tiles), printable(f.path));
  if (report.files.size() > max_files)
    out += fmt::format("{:>15}  more files; --json lists all of them\n", grouped(report.files.size() - max_files));
  return out;
}

template <class Map, class Label>
std::string histogram(const char* title, const Map& map, Label label) {
  if (map.empty()) return {};
  std::string out = fmt::format("{:<12}", title);
  const char* separator = "";
  for (const auto& [key, count] : map) {
    out += fmt::format("{}{} {}", separator, label(key), grouped(count));
    separator = ", ";
  }
  return out + "\n";
}

std::string images(const CheckReport& report) {
  if (report.counts.images == 0) return "\nno images\n";
  const auto plain = [](const std::string& text) { return text; };
  std::string out = fmt::format("\n{:<12}{}, in {}\n", "images", grouped(report.counts.images),
                                counted(report.counts.image_examples, "example"));
  out += histogram("formats", report.formats, plain);
  out += histogram("modes", report.modes, plain);
  out += histogram("sides up to", report.longest_sides, [](std::uint32_t side) { return fmt::format("{}:", side); });
  out += histogram("bytes up to", report.image_bytes, [](std::uint64_t bytes) {
    return bytes < 1024      ? fmt::format("{} B:", bytes)
           : bytes < 1 << 20 ? fmt::format("{} KiB:", bytes >> 10)
                             : fmt::format("{} MiB:", bytes >> 20);
  });
  const ImageTokens& t = report.tokens;
  out += fmt::format("{:<12}gpt-4o, gpt-4.1 {}; gpt-4.1-mini {}; gpt-4.1-nano {}\n", "tokens", grouped(t.tiles),
                     grouped(t.patches_mini), grouped(t.patches_nano));
  const std::uint64_t not_counted = report.counts.urls - report.counts.urls_in_store;
  out += fmt::format("{:<12}of images only; detail auto counts as high; small images are not scaled up{}\n", "",
                     not_counted > 0 ? fmt::format("; {} given by URL are not counted", grouped(not_counted)) : "");
  return out;
}

}  // namespace

std::string finding_text(const Finding& finding) {
  return fmt::format(
      "{}: {}: {}{}{}\n",
      finding.line == 0 ? printable(finding.file) : fmt::format("{}:{}", printable(finding.file), finding.line),
      finding.code, printable(finding.pointer), finding.pointer.empty() ? "" : ": ", printable(finding.detail));
}

std::string check_text(const CheckOptions& options, const CheckReport& report) {
  std::string out = validation(options, report);
  if (!report.findings.empty()) out += findings(report);
  out += files(options, report) + images(report);
  if (!report.store_xxh128.empty())
    out += fmt::format("{:<12}{} of {} are in {}; {}\n", "store", grouped(report.counts.urls_in_store),
                       counted(report.counts.urls, "URL"), printable(options.line.store), provider_reach);
  for (const std::string& path : report.manifests)
    out += fmt::format("{:<12}the sizes, digests and counts of the existing shards were compared with {}\n", "manifest",
                       printable(path));
  return out + fmt::format("{:<12}{:.2f} s, {}\n", "time", report.seconds, counted(report.threads, "thread"));
}

}  // namespace visionshard::cli
