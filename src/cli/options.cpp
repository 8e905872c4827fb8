#include "cli/options.h"

#include <fmt/format.h>
#include <visionshard/version.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>
#include <map>

#include "cli/config_file.h"
#include "cli/exit_status.h"
#include "cli/generate_options.h"
#include "cli/validators.h"

namespace visionshard::cli {
namespace {

constexpr std::uint64_t longest_line_bytes = 4'000'000'000;

struct Typed {
  std::vector<std::string> inputs;
  std::string output, profile = "openai", prefix = "train", image_root, max_rejects, config;
  std::string max_images, max_image_bytes, max_image_examples, max_shard_bytes;
  std::string max_pixels, max_line_bytes, memory;
  unsigned threads = 0;
  int min_quality = 60;
  Verify verify = Verify::structure;
  Orient orient = Orient::bake;
  OnBad on_bad_image = OnBad::reject, on_assistant_image = OnBad::reject;
  Rejects rejects = Rejects::full;
  bool force = false, json = false, quiet = false, measure = false;
  ProgressStyle progress = ProgressStyle::automatic;
};

const CLI::Validator is_count_or_percent(
    [](const std::string& text) {
      const bool percent = text.ends_with('%');
      const std::string number = percent ? text.substr(0, text.size() - 1) : text;
      const char* const allowed = percent ? "0123456789." : "0123456789";
      double value = 0;
      const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
      const bool good = !number.empty() && number.find_first_not_of(allowed) == std::string::npos &&
                        error == std::errc() && end == number.data() + number.size() && (!percent || value <= 100);
      return good ? std::string()
                  : fmt::format("'{}' is neither a number of lines nor a percentage such as 2.5%", text);
    },
    "N|P%");

const std::map<std::string, OnBad> on_bad_names = {{"reject", OnBad::reject}, {"drop", OnBad::drop}};

void define_convert(CLI::App& app, Typed& t) {
  app.add_option("INPUT", t.inputs,
                 "JSON Lines files, directories of them, or - for standard input; gzip and zstd are "
                 "read too");
  app.add_option("-o,--output", t.output,
                 "the folder to write, made if it is not there; none: write nothing, to time the rest")
      ->type_name("DIR");

  const char* limits = "What the provider takes";
  app.add_option("--profile", t.profile, "the provider's limits: openai, azure, fireworks or none")
      ->check(CLI::Validator(
          [](const std::string& text) {
            return profile_limits(text)
                       ? std::string()
                       : fmt::format("there is no profile '{}'; take openai, azure, fireworks or none", text);
          },
          "NAME"))
      ->capture_default_str()
      ->group(limits);
  app.add_option("--max-images-per-example", t.max_images, "override the profile's limit")
      ->check(is_count)
      ->option_text("N")
      ->group(limits);
  app.add_option("--max-image-bytes", t.max_image_bytes, "override: decoded bytes of one image")
      ->check(is_size)
      ->option_text("SIZE")
      ->group(limits);
  app.add_option("--max-image-examples", t.max_image_examples, "override: examples with images in one shard")
      ->check(is_count)
      ->option_text("N")
      ->group(limits);
  app.add_option("--max-shard-bytes", t.max_shard_bytes, "override: bytes of one shard")
      ->check(is_size)
      ->option_text("SIZE")
      ->group(limits);

  const char* images = "Images";
  app.add_option("--max-pixels", t.max_pixels, "refuse larger images from their header (default 268435456)")
      ->check(is_count)
      ->option_text("N")
      ->group(images);
  app.add_option("--verify", t.verify, "structure: containers and checksums; pixels: decode every image fully")
      ->transform(one_of<Verify>({{"structure", Verify::structure}, {"pixels", Verify::pixels}}))
      ->group(images);
  app.add_option("--orient", t.orient, "apply EXIF orientation to the pixels, or keep it")
      ->transform(one_of<Orient>({{"bake", Orient::bake}, {"keep", Orient::keep}}))
      ->group(images);
  app.add_option("--min-quality", t.min_quality, "below it, shrinking reduces dimensions instead")
      ->check(CLI::Range(1, 95).description("Q"))
      ->capture_default_str()
      ->group(images);
  app.add_flag("--measure", t.measure, "put tries and PSNR of each shrunk image into run.json")->group(images);
  app.add_option("--on-bad-image", t.on_bad_image, "reject the example, or drop that image and keep the rest")
      ->transform(one_of(on_bad_names))
      ->group(images);
  app.add_option("--on-assistant-image", t.on_assistant_image, "likewise for images in assistant messages")
      ->transform(one_of(on_bad_names))
      ->group(images);
  app.add_option("--image-root", t.image_root, "allow local paths and file:// URLs beneath DIR; they are inlined")
      ->type_name("DIR")
      ->group(images);

  const char* run = "The run";
  app.add_option("--prefix", t.prefix, "shard file names start with it")
      ->check(CLI::Validator(
          [](const std::string& text) {
            const bool plain = !text.empty() && text.find('/') == std::string::npos && text[0] != '.' &&
                               text.find('\0') == std::string::npos && text.size() <= 200;
            return plain ? std::string() : fmt::format("'{}' cannot start a file name", text);
          },
          "NAME"))
      ->capture_default_str()
      ->group(run);
  app.add_option("--rejects", t.rejects, "whether rejected.jsonl carries the original line")
      ->transform(one_of<Rejects>({{"full", Rejects::full}, {"reference", Rejects::reference}}))
      ->group(run);
  app.add_option("--max-rejects", t.max_rejects, "more rejected lines than that: exit status 1")
      ->check(is_count_or_percent)
      ->option_text("N|P%")
      ->group(run);
  app.add_option("--max-line-bytes", t.max_line_bytes, "longer lines are rejected unread (default 256MiB, at most 4GB)")
      ->check(is_size)
      ->option_text("SIZE")
      ->group(run);
  app.add_option("--threads", t.threads, "default: all usable processors; 1 runs without the scheduler")
      ->check(CLI::Range(1u, 1024u).description("N"))
      ->group(run);
  app.add_option("--memory", t.memory, "bytes in flight (default: a quarter of RAM, at most 2GiB)")
      ->check(is_size)
      ->option_text("SIZE")
      ->group(run);
  app.add_flag("--force", t.force, "replace the run that the output folder holds")->group(run);
  app.add_flag("--json", t.json, "print the summary as one JSON object")->group(run);
  app.add_option("--progress", t.progress, "on standard error")
      ->transform(one_of<ProgressStyle>({{"auto", ProgressStyle::automatic},
                                         {"bar", ProgressStyle::bar},
                                         {"plain", ProgressStyle::plain},
                                         {"json", ProgressStyle::json},
                                         {"off", ProgressStyle::off}}))
      ->group(run);
  app.add_flag("-q,--quiet", t.quiet, "no progress and no summary")->group(run);
  app.add_option("--config", t.config, "read options from a TOML file; the command line wins")
      ->type_name("FILE")
      ->group(run);
}

constexpr std::string_view convert_help = "visionshard convert --help";
constexpr std::string_view generate_help = "visionshard generate --help";

Parsed usage_error(std::string_view message, std::string_view help = convert_help) {
  Parsed parsed;
  parsed.exit_status = exit_usage;
  parsed.standard_error = fmt::format("visionshard: {}; see {}\n", message, help);
  return parsed;
}

Command meaning_of(const Typed& t) {
  Command command;
  ConvertOptions& c = command.convert;
  const auto set = [](std::uint64_t& value, const std::string& text) {
    if (!text.empty()) value = *parse_size(text);
  };
  c.inputs = t.inputs;
  c.profile = t.profile;
  c.limits = *profile_limits(t.profile);
  set(c.limits.max_images_per_example, t.max_images);
  set(c.limits.max_image_bytes, t.max_image_bytes);
  set(c.limits.max_image_examples, t.max_image_examples);
  set(c.limits.max_shard_bytes, t.max_shard_bytes);
  set(c.line.max_line_bytes, t.max_line_bytes);
  c.line.on_bad_image = t.on_bad_image;
  c.line.on_assistant_image = t.on_assistant_image;
  c.line.image_root = t.image_root;
  set(c.image.max_pixels, t.max_pixels);
  c.image.verify = t.verify;
  c.image.orient = t.orient;
  c.image.min_quality = t.min_quality;
  c.image.measure = t.measure;
  c.output = {t.output, t.prefix, t.rejects, t.force};
  c.threads = t.threads;
  set(c.memory_bytes, t.memory);
  command.progress = t.quiet ? ProgressStyle::off : t.progress;
  command.quiet = t.quiet;
  command.json_summary = t.json;
  if (t.max_rejects.ends_with('%'))
    command.max_rejects_percent = std::stod(t.max_rejects);
  else if (!t.max_rejects.empty())
    command.max_rejects = *parse_size(t.max_rejects);
  return command;
}

// What the options' own checks cannot see. Empty where all is well.
std::string contradiction(const Command& command) {
  const ConvertOptions& c = command.convert;
  if (c.line.max_line_bytes > longest_line_bytes || c.line.max_line_bytes == 0)
    return "--max-line-bytes must be from 1 to 4GB";
  if (c.limits.max_image_examples == 0) return "--max-image-examples must be at least 1";
  if (c.limits.max_shard_bytes == 0) return "--max-shard-bytes must be at least 1";
  if (c.inputs.empty()) return "no INPUT is given; name files or directories, or - for standard input";
  if (c.output.directory.empty()) return "-o, --output is required: the folder to write";
  return {};
}

Parsed generate_command(CLI::App& app, const TypedGenerate& typed) {
  if (!typed.config.empty())
    if (const std::string wrong = apply_config_file(app, typed.config); !wrong.empty())
      return usage_error(wrong, generate_help);
  if (const std::string wrong = contradiction(typed); !wrong.empty()) return usage_error(wrong, generate_help);
  Parsed parsed;
  parsed.generate = GenerateCommand{meaning_of(typed), typed.quiet};
  return parsed;
}

}  // namespace

std::optional<std::uint64_t> parse_size(const std::string& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  static const std::map<std::string, std::uint64_t> units = {{"", 1},
                                                             {"B", 1},
                                                             {"KB", 1000},
                                                             {"kB", 1000},
                                                             {"MB", 1000'000},
                                                             {"GB", 1000'000'000},
                                                             {"TB", 1000'000'000'000},
                                                             {"KiB", 1ull << 10},
                                                             {"MiB", 1ull << 20},
                                                             {"GiB", 1ull << 30},
                                                             {"TiB", 1ull << 40}};
  const auto unit = units.find(std::string(end, text.data() + text.size()));
  if (unit == units.end() || number > UINT64_MAX / unit->second) return std::nullopt;
  return number * unit->second;
}

Parsed parse_command_line(int argc, const char* const* argv) {
  CLI::App app("Turns raw vision fine-tuning corpora into upload-ready shards, and says why of every line left out.",
               "visionshard");
  app.set_version_flag("--version", build_description);
  app.require_subcommand(1);
  Typed typed;
  CLI::App* const convert = app.add_subcommand("convert", "raw JSON Lines to shards that a provider accepts");
  define_convert(*convert, typed);
  TypedGenerate typed_generate;
  CLI::App* const generate = app.add_subcommand("generate", "a synthetic corpus for benchmarks, demos and tests");
  define_generate(*generate, typed_generate);
  convert->footer(
      "Sizes: 10MB is 10,000,000 bytes, 10MiB is 10,485,760.\n"
      "Exit status: 0 done; 1 more rejects than --max-rejects; 2 usage; 3 input or output failed;\n"
      "130, 143 interrupted.\n"
      "Example: visionshard convert raw/ more.jsonl.gz -o upload --profile openai");
  app.footer(
      "Example: visionshard convert raw.jsonl -o upload\nMore: visionshard convert --help, visionshard generate "
      "--help");
  if (argc < 2) return usage_error("no command is given", "visionshard --help");
  if (argv[1][0] != '-' && !convert->check_name(argv[1]) && !generate->check_name(argv[1]))
    return usage_error(fmt::format("there is no command '{}'", argv[1]), "visionshard --help");
  Parsed parsed;
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    const CLI::App* const asked = generate->parsed() ? generate : convert->parsed() ? convert : &app;
    parsed.standard_output = asked->help("", CLI::AppFormatMode::Normal);
    return parsed;
  } catch (const CLI::CallForVersion& version) {
    parsed.standard_output = version.what();
    return parsed;
  } catch (const CLI::ParseError& error) {
    return usage_error(error.what(), generate->parsed() ? generate_help : convert_help);
  }
  if (generate->parsed()) return generate_command(*generate, typed_generate);
  if (!typed.config.empty())
    if (const std::string wrong = apply_config_file(*convert, typed.config); !wrong.empty()) return usage_error(wrong);
  Command command = meaning_of(typed);
  if (const std::string wrong = contradiction(command); !wrong.empty()) return usage_error(wrong);
  parsed.command = std::move(command);
  return parsed;
}

}  // namespace visionshard::cli
