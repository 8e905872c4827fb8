#include <fmt/format.h>
#include <visionshard/generate.h>

#include <algorithm>
#include <chrono>

#include "base/catch_to_result.h"
#include "base/processors.h"
#include "generate/line_batch.h"
#include "generate/output_file.h"
#include "generate/photographs.h"
#include "generate/plan.h"

namespace visionshard {
namespace generate {
namespace {

constexpr std::uint64_t numbers_for_photographs = 17;
constexpr std::uint64_t batch_bytes = 16 << 20;
// Lines planned at a time: few at first, so that a small corpus has no images made in vain; and no more than fill this
// memory, so that each thread has a few of the largest to make.
constexpr std::uint64_t first_window_lines = 8;
constexpr std::uint64_t max_window_lines = 1024;
constexpr std::uint64_t window_bytes = 100'000'000;
constexpr std::uint64_t window_bytes_a_thread = 50'000'000;

class Stopwatch {
 public:
  explicit Stopwatch(double& seconds) : seconds_(seconds) {}
  ~Stopwatch() { seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count(); }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  double& seconds_;
};

class Generation {
 public:
  Generation(const GenerateOptions& options, const std::atomic<bool>& stop, GenerateOutcome& outcome)
      : options_(options),
        stop_(stop),
        outcome_(outcome),
        threads_(options.threads > 0 ? options.threads : usable_processors()) {}

  RunResult<void> go() {
    PictureSource source;
    if (!options_.photographs.empty() && options_.mix != Mix::urls) {
      const Stopwatch making(outcome_.making_seconds);
      Random random = Random::of(options_.seed, numbers_for_photographs, 0);
      auto photographs = VISIONSHARD_TRY(read_photographs(options_.photographs, random, threads_, stop_));
      if (stop_) return interrupted();
      source = PictureSource(std::move(photographs));
    }
    auto file = VISIONSHARD_TRY(OutputFile::create(options_.output, options_.force));
    Images images(options_.seed, options_.bank == 0, source);
    while (!is_complete() && !stop_) VISIONSHARD_TRY(write_window(images, file));
    return stop_ ? interrupted() : file.finish();
  }

 private:
  RunResult<void> interrupted() noexcept {
    outcome_.status = RunStatus::interrupted;
    return {};
  }

  bool is_complete() const noexcept {
    return options_.bytes ? outcome_.bytes >= *options_.bytes : outcome_.examples >= options_.examples;
  }

  std::vector<PlannedLine> plan_window() {
    const std::uint64_t left = options_.bytes ? max_window_lines : options_.examples - outcome_.examples;
    const std::uint64_t max_lines = std::min(left, window_lines_);
    const std::uint64_t max_bytes = window_bytes + threads_ * window_bytes_a_thread;
    std::vector<PlannedLine> lines;
    for (std::uint64_t bytes = 0; lines.size() < max_lines && bytes < max_bytes; bytes += expected_bytes(lines.back()))
      lines.push_back(plan_line(options_, outcome_.examples + lines.size() + 1));
    window_lines_ = std::min(window_lines_ * 2, max_window_lines);
    return lines;
  }

  RunResult<void> write_window(Images& images, OutputFile& file) {
    const std::vector<PlannedLine> lines = plan_window();
    {
      const Stopwatch making(outcome_.making_seconds);
      std::vector<ImageRef> wanted;
      for (const PlannedLine& line : lines) wanted.insert(wanted.end(), line.images.begin(), line.images.end());
      if (options_.bank == 0) images.clear();
      VISIONSHARD_TRY(images.make(wanted, threads_, stop_));
    }
    const Stopwatch writing(outcome_.writing_seconds);
    for (auto line = lines.begin(); line != lines.end() && !is_complete() && !stop_; ++line) {
      const std::uint64_t before = batch_.bytes();
      add_line(images, *line);
      outcome_.bytes += batch_.bytes() - before;
      ++outcome_.examples;
      if (batch_.bytes() < batch_bytes) continue;
      VISIONSHARD_TRY(flush(file));
    }
    return stop_ ? RunResult<void>() : flush(file);
  }

  void add_line(const Images& images, const PlannedLine& line) {
    batch_.add_text(
        R"({"messages":[{"role":"system","content":"You answer questions about pictures."},{"role":"user","content":[)");
    batch_.add_text(fmt::format(R"({{"type":"text","text":"Example {}: what can be seen?"}})", line.number));
    if (line.url) {
      batch_.add_text(fmt::format(
          R"(,{{"type":"image_url","image_url":{{"url":"https://images.example.com/{:09}.jpg"}}}})", line.number));
      ++outcome_.images;
    }
    for (const ImageRef& image : line.images) {
      batch_.add_text(R"(,{"type":"image_url","image_url":{"url":")");
      batch_.add_view(images.url_of(image));
      ++outcome_.images;
      batch_.add_text(R"("}})");
    }
    batch_.add_text("]},{\"role\":\"assistant\",\"content\":\"A picture made for tests.\"}]}\n");
  }

  RunResult<void> flush(OutputFile& file) {
    std::vector<iovec> pieces = batch_.pieces();
    auto written = file.append(pieces);
    batch_.clear();
    return written;
  }

  const GenerateOptions& options_;
  const std::atomic<bool>& stop_;
  GenerateOutcome& outcome_;
  const unsigned threads_;
  std::uint64_t window_lines_ = first_window_lines;
  LineBatch batch_;
};

std::string contradiction(const GenerateOptions& options) {
  if (options.output.empty()) return "no file to write is named";
  if (options.bytes ? *options.bytes == 0 : options.examples == 0)
    return "a corpus of at least one line is to be asked for";
  if (options.bank > largest_bank)
    return fmt::format("a bank of {} images is over the {} there can be", options.bank, largest_bank);
  if (auto checked = check_output_file(options.output, options.force); !checked)
    return std::move(checked.error().message);
  return {};
}

}  // namespace
}  // namespace generate

GenerateOutcome generate_corpus(const GenerateOptions& options, const std::atomic<bool>& stop) {
  const auto work = [&](GenerateOutcome& outcome) {
    const auto end_as = [&](RunStatus status, std::string message) {
      outcome.status = status;
      outcome.message = std::move(message);
    };
    if (std::string wrong = generate::contradiction(options); !wrong.empty())
      return end_as(RunStatus::refused, std::move(wrong));
    const auto written = generate::Generation(options, stop, outcome).go();
    // Who interrupts us may interrupt our reader too, which then is gone; a signal after the end changes nothing.
    if (outcome.status == RunStatus::interrupted || (!written && stop))
      return end_as(RunStatus::interrupted, options.output == "-"
                                                ? "interrupted; the corpus is cut off"
                                                : fmt::format("interrupted; {} was not written", options.output));
    if (!written) end_as(RunStatus::failed, written.error().message);
  };
  return catch_to_result<GenerateOutcome>(work, "out of memory; lower --bank or --threads");
}

}  // namespace visionshard
