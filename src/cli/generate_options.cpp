#include "cli/generate_options.h"

#include <fmt/format.h>

#include "cli/options.h"
#include "cli/validators.h"

namespace visionshard::cli {

void define_generate(CLI::App& app, TypedGenerate& t) {
  app.add_option("-o,--output", t.output, "the file to write, or - for standard output")->type_name("FILE");
  app.add_flag("--force", t.force, "replace FILE where it is there");

  const char* corpus = "The corpus";
  add_choice(
      app, "--mix", t.mix,
      {{"photos", Mix::photos},
       {"compliant", Mix::compliant},
       {"mixed", Mix::mixed},
       {"convert", Mix::convert},
       {"heavy", Mix::heavy},
       {"urls", Mix::urls}},
      "photos (default): as corpora are, 79 % of the lines to keep, 21 % to convert, one in 1000 with a camera's "
      "JPEG of 10.5 to 25 MB; compliant: nothing to convert; convert: every image; heavy: every image of 10.5 "
      "to 25 MB; mixed: 78 % compliant, 21.4 % convert, 0.6 % heavy; urls: no image data")
      ->group(corpus);
  app.add_option("--examples", t.examples, "lines (default 1000)")->check(is_count)->option_text("N")->group(corpus);
  app.add_option("--bytes", t.bytes, "instead: end with the line that reaches it")
      ->check(is_size)
      ->option_text("SIZE")
      ->group(corpus);
  app.add_option("--seed", t.seed, "another number, another corpus (default 1)")
      ->check(is_count)
      ->option_text("N")
      ->group(corpus);

  const char* images = "Images";
  app.add_option(
         "--photos", t.photographs,
         "cut images out of up to 24 of DIR's photographs (JPEG, PNG, WebP of over 250 KB, recursively), not out "
         "of pictures made up")
      ->type_name("DIR")
      ->group(images);
  app.add_option(
         "--bank", t.bank,
         "let images repeat: lines draw from N of each group, held in memory (default 0: no image occurs twice)")
      ->check(is_count)
      ->option_text("N")
      ->group(images);

  const char* run = "The run";
  app.add_option("--threads", t.threads, "to make images (default: all usable processors); changes no byte")
      ->check(CLI::Range(1u, 1024u).description("N"))
      ->group(run);
  app.add_flag("-q,--quiet", t.quiet, "no summary")->group(run);
  app.add_option("--config", t.config, "read options from a TOML file; the command line wins")
      ->type_name("FILE")
      ->group(run);
  app.footer(
      "Writes chat examples with images, one a line: the same options give the same bytes.\n"
      "Sizes: 10MB is 10,000,000 bytes, 10MiB is 10,485,760.\n"
      "Exit status: 0 done; 2 usage, or a FILE that may not be replaced; 3 input or output failed; 130, 143 "
      "interrupted.\n"
      "Example: visionshard generate -o raw.jsonl --bytes 1GB");
}

std::string meaning_of(const TypedGenerate& t, GenerateCommand& command) {
  if (t.output.empty()) return "-o, --output is required: the file to write, or - for standard output";
  if (!t.examples.empty() && !t.bytes.empty()) return "--examples and --bytes exclude each other";
  if (!t.examples.empty() && parse_size(t.examples) == 0u) return "--examples must be at least 1";
  if (!t.bytes.empty() && parse_size(t.bytes) == 0u) return "--bytes must be at least 1";
  if (!t.bank.empty() && *parse_size(t.bank) > largest_bank)
    return fmt::format("--bank must be at most {}", largest_bank);
  GenerateOptions& options = command.options;
  options.output = t.output;
  options.mix = t.mix;
  if (!t.examples.empty()) options.examples = *parse_size(t.examples);
  if (!t.bytes.empty()) options.bytes = parse_size(t.bytes);
  if (!t.seed.empty()) options.seed = *parse_size(t.seed);
  options.photographs = t.photographs;
  if (!t.bank.empty()) options.bank = static_cast<std::uint32_t>(*parse_size(t.bank));
  options.threads = t.threads;
  options.force = t.force;
  command.quiet = t.quiet;
  return {};
}

}  // namespace visionshard::cli
