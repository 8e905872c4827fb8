#include "cli/convert_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "cli/validators.h"

namespace visionshard::cli {
namespace {

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

void define_images(CLI::App& app, TypedConvert& t) {
  const char* images = "Images";
  define_image_limits(app, t.limits, images, "apply EXIF orientation to the pixels, or keep it");
  add_choice(app, "--verify", t.verify, {{"structure", Verify::structure}, {"pixels", Verify::pixels}},
             "structure: containers and checksums; pixels: decode every image fully")
      ->group(images);
  app.add_option("--min-quality", t.min_quality, "below it, shrinking reduces dimensions instead")
      ->check(CLI::Range(1, 95).description("Q"))
      ->capture_default_str()
      ->group(images);
  add_choice(app, "--detail", t.detail,
             {{"keep", DetailOption::keep},
              {"low", DetailOption::low},
              {"high", DetailOption::high},
              {"auto", DetailOption::automatic}},
             "set or insert detail on every image part")
      ->group(images);
  add_choice(app, "--fit-model", t.fit_model, {{"off", FitModel::off}, {"tiles", FitModel::tiles}},
             "tiles: reduce images to what a model that counts tiles sees: 2048 x 2048, short side 768; 512 x 512 "
             "with detail low")
      ->group(images);
  app.add_flag("--measure", t.measure, "put tries and PSNR of each shrunk image into run.json")->group(images);
  add_choice(app, "--on-bad-image", t.on_bad_image, on_bad_names,
             "reject the example, or drop that image and keep the rest")
      ->group(images);
  add_choice(app, "--on-assistant-image", t.on_assistant_image, on_bad_names,
             "likewise for images in assistant messages")
      ->group(images);
  app.add_option("--image-root", t.image_root, "allow local paths and file:// URLs beneath DIR; they are inlined")
      ->type_name("DIR")
      ->group(images);
}

void define_run(CLI::App& app, TypedConvert& t) {
  const char* run = "The run";
  app.add_option("--shards", t.shards,
                 "fit the corpus into N files at most, with the smallest loss that does it, the same for all images")
      ->check(is_count)
      ->option_text("N")
      ->group(run);
  add_choice(app, "--duplicates", t.duplicates, {{"keep", Duplicates::keep}, {"drop", Duplicates::drop}},
             "drop: leave out and count examples that are written like an earlier one, byte for byte")
      ->group(run);
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
  add_choice(app, "--rejects", t.rejects, {{"full", Rejects::full}, {"reference", Rejects::reference}},
             "whether rejected.jsonl carries the original line")
      ->group(run);
  add_choice(app, "--digest", t.digest, {{"xxh128", DigestOption::xxh128}, {"sha256", DigestOption::sha256}},
             "sha256: put the SHA-256 of each shard into the manifest beside its XXH3-128")
      ->group(run);
  app.add_option("--max-rejects", t.max_rejects, "more rejected lines than that: exit status 1")
      ->check(is_count_or_percent)
      ->option_text("N|P%")
      ->group(run);
  define_resources(app, t.limits, run);
  app.add_flag("--force", t.force, "replace the run that the output folder holds")->group(run);
  app.add_flag("--resume", t.resume, "go on with an unfinished run in the output folder, or begin one")->group(run);
  app.add_flag("--no-sync", t.no_sync, "let the kernel write to disk when it likes: a power loss may cost the run")
      ->group(run);
  app.add_option("--stall-timeout", t.stall_timeout, "seconds without any progress after which the run ends; 0: never")
      ->capture_default_str()
      ->option_text("SECONDS")
      ->group(run);
  app.add_flag("--json", t.json, "print the summary as one JSON object")->group(run);
  app.add_option("--log-file", t.log_file, "append a line of JSON for each shard, each kind of fault and the end")
      ->type_name("FILE")
      ->group(run);
  add_choice(app, "--log-level", t.log_level,
             {{"info", LogLevel::info}, {"warning", LogLevel::warning}, {"error", LogLevel::error}},
             "the least that goes to it")
      ->group(run);
  app.add_option("--metrics", t.metrics, "write the run's numbers for Prometheus' textfile collector")
      ->type_name("FILE")
      ->group(run);
  define_display(app, t.display, run);
}

}  // namespace

void define_convert(CLI::App& app, TypedConvert& t) {
  app.add_option("INPUT", t.inputs,
                 "JSON Lines files, directories of them, or - for standard input; gzip and zstd are "
                 "read too");
  app.add_option("-o,--output", t.output,
                 "the folder to write, made if it is not there; none: write nothing, to time the rest")
      ->type_name("DIR");
  define_limits(app, t.limits);
  define_images(app, t);
  define_run(app, t);
  app.footer(
      "Sizes: 10MB is 10,000,000 bytes, 10MiB is 10,485,760.\n"
      "Exit status: 0 done; 1 more rejects than --max-rejects; 2 usage; 3 input or output failed;\n"
      "130, 143 interrupted.\n"
      "Example: visionshard convert raw/ more.jsonl.gz -o upload --profile openai");
}

std::string meaning_of(const TypedConvert& t, ConvertCommand& command) {
  ConvertOptions& c = command.options;
  c.inputs = t.inputs;
  ChosenProfile profile;
  if (std::string wrong = meaning_of(t.limits, profile, c.line, c.image); !wrong.empty()) return wrong;
  c.profile = profile.name;
  c.limits = profile.limits;
  c.line.on_bad_image = t.on_bad_image;
  c.line.on_assistant_image = t.on_assistant_image;
  c.line.image_root = t.image_root;
  c.line.detail = t.detail;
  c.line.duplicates = t.duplicates;
  c.image.verify = t.verify;
  c.image.min_quality = t.min_quality;
  c.image.fit_model = t.fit_model;
  c.image.measure = t.measure;
  c.output = {t.output, t.prefix, t.rejects, t.force, t.resume, !t.no_sync, t.digest};
  if (!t.shards.empty()) c.shards = parse_size(t.shards);
  c.threads = t.limits.threads;
  c.stall_timeout_seconds = t.stall_timeout;
  set_size(c.memory_bytes, t.limits.memory);
  command.progress = t.display.quiet ? ProgressStyle::off : t.display.progress;
  command.quiet = t.display.quiet;
  command.json = t.json;
  command.log_file = t.log_file;
  command.log_level = t.log_level;
  command.metrics = t.metrics;
  command.max_rejects = parse_reject_bound(t.max_rejects);
  if (std::string wrong = wrong_inputs(c.inputs); !wrong.empty()) return wrong;
  if (c.output.directory.empty()) return "-o, --output is required: the folder to write";
  if (t.force && t.resume) return "--force and --resume exclude each other";
  if (c.shards == 0u) return "--shards must be at least 1";
  return {};
}

}  // namespace visionshard::cli
