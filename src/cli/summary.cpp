#include "cli/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace visionshard::cli {
namespace {

// Of the character that `text` begins with; 0 where it is a control, one that turns the direction of what follows, one
// without width, or no UTF-8 (RFC 3629, section 4).
std::size_t visible_bytes(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return lead >= 0x20 && lead != 0x7F ? 1 : 0;
  const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  std::uint32_t code = lead & (0x7Fu >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
    code = code << 6 | (byte(i) & 0x3F);
  }
  constexpr std::array<std::uint32_t, 5> least = {0, 0, 0x80, 0x800, 0x10000};
  const auto within = [&](std::uint32_t first, std::uint32_t last) { return code >= first && code <= last; };
  const bool hidden = code < 0xA0 || code == 0x61C || within(0x200B, 0x200F) || within(0x2028, 0x202E) ||
                      within(0x2060, 0x206F) || code == 0xFEFF || within(0xD800, 0xDFFF) || code > 0x10FFFF;
  return lead < 0xC0 || lead > 0xF7 || code < least[bytes] || hidden ? 0 : bytes;
}

std::string megabytes(std::uint64_t bytes) { return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6); }

}  // namespace

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::array units = {"B", "kB", "MB", "GB", "TB", "PB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 999.5 && unit + 1 < units.size(); ++unit) value /= 1000;
  return fmt::format("{:.{}f} {}", value, unit == 0 || value >= 99.95 ? 0 : 1, units[unit]);
}

std::string counted(std::uint64_t n) {
  const std::string digits = std::to_string(n);
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  return out;
}

std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t bytes = visible_bytes(text.substr(i));
    out += bytes > 0 ? text.substr(i, bytes) : "?";
    i += std::max<std::size_t>(bytes, 1);
  }
  return out;
}

std::string excerpt(std::string_view text) {
  constexpr std::size_t max_characters = 80;
  std::size_t end = 0;
  for (std::size_t i = 0; i < max_characters && end < text.size(); ++i)
    end += std::max<std::size_t>(visible_bytes(text.substr(end)), 1);
  return printable(text.substr(0, end)) + (end < text.size() ? "..." : "");
}

namespace {

std::string counted(std::uint64_t n, const char* noun) {
  return fmt::format("{} {}{}", cli::counted(n), noun, n == 1 ? "" : "s");
}

}  // namespace

std::string summary_text(const RunReport& report, const std::string& directory) {
  constexpr std::size_t max_places = 3;
  const Counts& c = report.counts;
  std::string out;
  const auto line = [&](const char* label, const std::string& text) { out += fmt::format("{:<10} {}\n", label, text); };
  const auto row = [&](std::uint64_t number, std::string_view name, std::string_view text) {
    out += fmt::format("{:>10}  {:<18} {}\n", counted(number), name, text);
  };
  line("in", fmt::format("{}, {}{}", counted(c.lines, "line"), bytes_text(report.input_bytes),
                         c.blank > 0 ? fmt::format("; {} blank", counted(c.blank)) : ""));
  line("out", fmt::format("{} in {}, {}{}", counted(c.written, "example"), counted(report.shards.size(), "shard"),
                          bytes_text(report.output_bytes),
                          c.duplicates > 0 ? fmt::format("; {} left out", counted(c.duplicates, "duplicate")) : ""));
  line("images",
       fmt::format("{}: {} kept, {} relabelled, {} converted, {} shrunk{}", counted(c.images), counted(c.images_kept),
                   counted(c.images_relabelled), counted(c.images_converted), counted(c.images_shrunk),
                   c.images_dropped > 0 ? fmt::format("; {} dropped", counted(c.images_dropped)) : ""));
  if (!report.conversions.empty()) line("changed", "an image can be of several kinds");
  for (const auto& [kind, count] : report.conversions) row(count, kind, conversion_meaning(kind));
  line("rejected", c.rejected == 0 ? "none" : counted(c.rejected));
  for (const auto& [code, places] : report.first_rejects) {
    row(report.rejects[static_cast<std::size_t>(code)], name(code), meaning(code));
    for (std::size_t i = 0; i < std::min(places.size(), max_places); ++i)
      out +=
          fmt::format("{:>12}{}:{}: {}\n", "", printable(places[i].file), places[i].line, printable(places[i].detail));
  }
  if (!report.loss.empty()) line("loss", report.loss);
  if (const ReducedImages& r = report.reduced; r.images > 0) {
    line("reduced", fmt::format("{} images: {} became {}", counted(r.images), bytes_text(r.bytes_before),
                                bytes_text(r.bytes_after)));
    line("", fmt::format("tokens {} became {} (gpt-4o, gpt-4.1), {} became {} (gpt-4.1-mini)",
                         counted(r.tokens_before.tiles), counted(r.tokens_after.tiles),
                         counted(r.tokens_before.patches_mini), counted(r.tokens_after.patches_mini)));
  }
  // A job over many machines has no time of its own.
  if (report.threads > 0)
    line("time", fmt::format("{:.2f} s, {:.0f} MB/s, {} thread{}", report.seconds,
                             static_cast<double>(report.input_bytes) / 1e6 / std::max(report.seconds, 1e-9),
                             report.threads, report.threads == 1 ? "" : "s"));
  if (directory == "none") {
    line("files", "none were written");
    return out;
  }
  const std::string folder = printable(directory);
  if (!report.shards.empty())
    line("files",
         fmt::format("{}/{}{}: upload {}", folder, printable(report.shards.front().path),
                     report.shards.size() > 1 ? fmt::format(" to {}", printable(report.shards.back().path)) : "",
                     report.shards.size() > 1 ? "these" : "this"));
  if (c.rejected > 0)
    line("", fmt::format("{}/rejected.jsonl: what was left out; repair it and give it to convert", folder));
  line("", fmt::format("{}/report.html: the run in pictures; {}/manifest.json: for programs", folder, folder));
  return out;
}

std::string summary_text(const GenerateOutcome& outcome, const std::string& file) {
  return fmt::format("{} examples with {} images, {}, in {}; images made in {:.2f} s, lines written in {:.2f} s\n",
                     counted(outcome.examples), counted(outcome.images), megabytes(outcome.bytes),
                     file == "-" ? "standard output" : printable(file), outcome.making_seconds,
                     outcome.writing_seconds);
}

}  // namespace visionshard::cli
