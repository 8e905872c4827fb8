#include "cli/commands/generate.h"

#include <array>

#include "base/option_words.h"
#include "cli/arguments/display_options.h"
#include "cli/arguments/limit_options.h"
#include "cli/arguments/size.h"
#include "cli/arguments/validators.h"
#include "cli/commands/run_end.h"
#include "cli/exit_status.h"
#include "cli/interrupt.h"
#include "cli/terminal/run_summary.h"
#include "cli/terminal/standard_output.h"

namespace visionshard::cli {
namespace {

constexpr std::array mix_words = {OptionWord{"photos", Mix::photos}, OptionWord{"compliant", Mix::compliant},
                                  OptionWord{"mixed", Mix::mixed},   OptionWord{"convert", Mix::convert},
                                  OptionWord{"heavy", Mix::heavy},   OptionWord{"urls", Mix::urls}};

}  // namespace

void GenerateCommand::define(CLI::App& app) {
  app.add_option("-o,--output", output_, "the file to write, or - for standard output")->type_name("FILE");
  app.add_flag("--force", force_, "replace FILE if it exists");

  const char* corpus = "The corpus";
  add_choice(app, "--mix", mix_, mix_words,
             "photos (default): like real corpora, 79 % of the lines need no conversion, 21 % do, and one in 1000 has "
             "a camera JPEG of 10.5 to 25 MB; compliant: no line needs conversion; convert: every image does; heavy: "
             "every image has 10.5 to 25 MB; mixed: 78 % compliant, 21.4 % convert, 0.6 % heavy; urls: no image data")
      ->group(corpus);
  app.add_option("--examples", examples_, "number of lines (default 1000)")
      ->check(is_count)
      ->option_text("N")
      ->group(corpus);
  app.add_option("--bytes", bytes_, "in place of --examples: end with the line that reaches this size")
      ->check(is_size)
      ->option_text("SIZE")
      ->group(corpus);
  app.add_option("--seed", seed_, "a different number gives a different corpus (default 1)")
      ->check(is_count)
      ->option_text("N")
      ->group(corpus);

  const char* images = "Images";
  app.add_option("--photos", photographs_,
                 "cut the images out of up to 24 photographs in DIR and below (JPEG, PNG or WebP, over 250 KB each), "
                 "not out of synthetic pictures")
      ->type_name("DIR")
      ->group(images);
  app.add_option("--bank", image_pool_,
                 "repeat images: lines use N images of each group, held in memory (default 0: no image repeats)")
      ->check(is_count)
      ->option_text("N")
      ->group(images);

  const char* run = "The run";
  define_threads(app, threads_, run,
                 "number of threads (default: all usable processors); the output is always the same");
  app.add_flag("-q,--quiet", quiet_, "print no summary")->group(run);
  define_config(app, config_, run);
  app.footer(
      "Writes chat examples with images, one a line. The same options always give the same bytes.\n"
      "Sizes: 10MB is 10,000,000 bytes, 10MiB is 10,485,760.\n"
      "Exit status: 0 done; 2 usage error, or FILE exists and --force is not given; 3 input or output failed;\n"
      "130, 143 interrupted.\n"
      "Example: visionshard generate -o raw.jsonl --bytes 1GB");
}

std::string GenerateCommand::resolve() {
  if (output_.empty()) return "-o, --output is required: the file to write, or - for standard output";
  if (!examples_.empty() && !bytes_.empty()) return "--examples and --bytes exclude each other";
  options_.output = output_;
  options_.mix = mix_;
  set_size(options_.examples, examples_);
  if (!bytes_.empty()) options_.bytes = parse_size(bytes_);
  set_size(options_.seed, seed_);
  options_.photographs = photographs_;
  std::uint64_t image_pool = 0;
  set_size(image_pool, image_pool_);
  options_.bank = static_cast<std::uint32_t>(image_pool);
  options_.threads = threads_;
  options_.force = force_;
  if (options_.examples == 0) return "--examples must be at least 1";
  if (options_.bytes == 0u) return "--bytes must be at least 1";
  if (image_pool > largest_bank) return fmt::format("--bank must be at most {}", largest_bank);
  return {};
}

int GenerateCommand::run() const {
  const GenerateOutcome outcome = generate_corpus(options_, stop);
  if (const auto status = report_failure(outcome.status, outcome.message)) return *status;
  const std::string summary = quiet_ ? "" : summary_text(outcome, options_.output);
  // The corpus itself can be on standard output.
  if (options_.output == "-")
    print_raw_message(summary);
  else
    print(summary);
  return finished(exit_done);
}

}  // namespace visionshard::cli
