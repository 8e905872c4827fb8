#include "cli/arguments/convert_options.h"

#include <algorithm>

#include "base/option_words.h"
#include "base/share.h"
#include "cli/arguments/size.h"
#include "cli/arguments/validators.h"

namespace visionshard::cli {
namespace {

void define_images(CLI::App& app, ParsedConvert& p) {
  const char* images = "Images";
  define_image_limits(app, p.limits, images, "apply the EXIF orientation to the pixels, or keep it");
  add_choice(app, "--verify", p.verify, words_of(p.verify),
             "structure: check containers and checksums; pixels: decode every image completely")
      ->group(images);
  app.add_option("--min-quality", p.min_quality, "lowest quality for shrinking; below it, dimensions are reduced")
      ->check(CLI::Range(1, 95).description("Q"))
      ->capture_default_str()
      ->group(images);
  add_choice(app, "--detail", p.detail, words_of(p.detail), "set the detail of every image part, or keep it")
      ->group(images);
  add_choice(app, "--fit-model", p.fit_model, words_of(p.fit_model),
             "tiles: reduce images to the size that a model with image tiles uses: 2048 x 2048, short side 768; "
             "512 x 512 with detail low")
      ->group(images);
  app.add_flag("--measure", p.measure, "write the number of encodes and the PSNR of each shrunk image into run.json")
      ->group(images);
  add_choice(app, "--on-bad-image", p.on_bad_image, words_of(p.on_bad_image),
             "reject the example, or drop the image and keep the rest; also for images in messages of a role that "
             "must not have any")
      ->group(images);
  add_choice(app, "--on-assistant-image", p.on_assistant_image, words_of(p.on_assistant_image),
             "the same for images in assistant messages")
      ->group(images);
  app.add_option("--image-root", p.image_root, "allow local paths and file:// URLs below DIR; they become data URLs")
      ->type_name("DIR")
      ->group(images);
  add_choice(app, "--urls", p.urls, words_of(p.urls),
             "inline: http(s) URLs become data URLs of the images that the store has; nothing is downloaded")
      ->group(images);
  app.add_option("--store", p.store, "the store that visionshard fetch has filled, for --urls inline")
      ->type_name("DIR")
      ->group(images);
}

void define_output(CLI::App& app, ParsedConvert& p) {
  const char* output = "Output";
  app.add_option("--shards", p.shards,
                 "fit the corpus into at most N files: reduce all images in the same way, as little as possible")
      ->check(is_count)
      ->option_text("N")
      ->group(output);
  add_choice(app, "--duplicates", p.duplicates, words_of(p.duplicates),
             "drop: leave out, and count, each example that is equal to an earlier one, byte for byte")
      ->group(output);
  add_choice(app, "--layout", p.layout, words_of(p.layout),
             "write lines for a local trainer: LLaMA-Factory, ms-swift or TRL (visionshard help layouts)")
      ->group(output);
  add_choice(app, "--images", p.images, words_of(p.images),
             "files: write each image once, as images/ab/DIGEST.jpg, png or webp; lines have the paths")
      ->group(output);
  app.add_option("--prefix", p.prefix, "the start of the names of the shards")->capture_default_str()->group(output);
  add_choice(app, "--rejects", p.rejects, words_of(p.rejects),
             "full: rejected.jsonl has the original lines; reference: only their places")
      ->group(output);
  add_choice(app, "--digest", p.digest, words_of(p.digest),
             "sha256: the manifest has the SHA-256 of each shard beside its XXH3-128")
      ->group(output);
  app.add_flag("--force", p.force, "replace the run that is in the output directory")->group(output);
  app.add_flag(
         "--resume", p.resume,
         "continue the unfinished run in the output directory, or start one; a finished one of the same options and "
         "unmodified inputs stays as it is")
      ->group(output);
  app.add_flag("--no-sync", p.no_sync, "do not wait until data is on the disk: a power loss can destroy the run")
      ->group(output);
}

void define_shaping(CLI::App& app, ParsedConvert& p) {
  const char* shaping = "The training set";
  app.add_option("--exclude", p.exclude,
                 "leave out what the list names, one entry a line: SHA-256 of images or examples, URLs, host:NAME, "
                 "FILE:LINE (visionshard help shaping); can be given more than once")
      ->check(is_path)
      ->type_name("FILE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->group(shaping);
  add_choice(app, "--on-excluded", p.on_excluded, words_of(p.on_excluded),
             "exclude: an image that a list names excludes its example; drop: only the image is left out")
      ->group(shaping);
  app.add_option("--sample", p.sample, "take this share of the lines, by a keyed hash of each; the rest is excluded")
      ->check(is_share)
      ->option_text("P%")
      ->group(shaping);
  app.add_option("--validation", p.validation,
                 "write so many examples, or this share, into shards validation-NNNNN.jsonl, by a keyed hash of groups "
                 "of examples that share an image")
      ->check(is_validation)
      ->option_text("N|P%")
      ->group(shaping);
  app.add_option("--split-by", p.split_by,
                 "what keeps examples on one side: images (default), example (nothing but equal lines), or the JSON "
                 "pointer of a value such as /user")
      ->check(is_split_by)
      ->option_text("images|example|/POINTER")
      ->group(shaping);
  app.add_option("--keep-split", p.keep_split,
                 "keep the sides of an earlier run with --validation: its manifest.json, beside its shards")
      ->check(is_path)
      ->type_name("MANIFEST")
      ->group(shaping);
  app.add_flag("--shuffle", p.shuffle, "order the examples by a keyed hash of each, whatever the order of the input")
      ->group(shaping);
  add_choice(app, "--near-duplicates", p.near_duplicates, words_of(p.near_duplicates),
             "pictures that differ little: report and count them; group: keep them on one side of --validation; drop: "
             "leave out, and count, each example with one like a picture of an earlier example. Decodes every image")
      ->group(shaping);
  app.add_option("--seed", p.seed, "the key of all these choices, a whole number (default 0)")
      ->check(is_seed)
      ->option_text("S")
      ->group(shaping);
}

void define_run(CLI::App& app, ParsedConvert& p) {
  const char* run = "The run";
  app.add_option("--max-rejects", p.max_rejects, "exit with status 1 if more lines than this are rejected")
      ->check(is_reject_bound)
      ->option_text("N|P%")
      ->group(run);
  define_resources(app, p.limits, run);
  app.add_option("--stall-timeout", p.stall_timeout, "end the run after so many seconds without progress; 0: never")
      ->capture_default_str()
      ->option_text("SECONDS")
      ->group(run);
  app.add_flag("--json", p.json, "print the summary as one JSON object")->group(run);
  app.add_option("--log-file", p.log_file, "append a JSON line for each shard, each reason of rejection and the end")
      ->type_name("FILE")
      ->group(run);
  add_choice(app, "--log-level", p.log_level, log_level_words, "the lowest level that is written to the log file")
      ->group(run);
  app.add_option("--metrics", p.metrics_file, "write the run's numbers for the textfile collector of Prometheus")
      ->type_name("FILE")
      ->group(run);
  define_display(app, p.display, run);
}

}  // namespace

void define_convert(CLI::App& app, ParsedConvert& p) {
  app.add_option("INPUT", p.inputs,
                 "JSON Lines files (plain, gzip or zstd), directories of them, or - for standard input");
  app.add_option("-o,--output", p.output,
                 "the directory to write, created if needed; none: write nothing, to measure speed without output")
      ->type_name("DIR");
  define_input_layout(app, p.limits);
  define_limits(app, p.limits);
  define_images(app, p);
  define_shaping(app, p);
  define_output(app, p);
  define_run(app, p);
}

std::string resolve(const ParsedConvert& p, ConvertRequest& request) {
  ConvertOptions& c = request.options;
  c.inputs = p.inputs;
  ChosenProfile profile;
  if (std::string error = resolve(p.limits, profile, c.line, c.image); !error.empty()) return error;
  c.profile = profile.name;
  c.limits = profile.limits;
  c.line.on_bad_image = p.on_bad_image;
  c.line.on_assistant_image = p.on_assistant_image;
  c.line.image_root = p.image_root;
  c.line.urls = p.urls;
  c.line.store = p.store;
  c.line.detail = p.detail;
  c.line.duplicates = p.duplicates;
  for (const std::string& path : p.exclude) c.line.exclude.push_back({path, {}});
  c.line.on_excluded = p.on_excluded;
  if (!p.sample.empty()) c.line.sample = *parse_share(p.sample);
  set_size(c.line.seed, p.seed);
  if (!p.validation.empty()) c.shaping.validation = *parse_validation(p.validation);
  if (!p.split_by.empty()) c.shaping.split_by = p.split_by;
  c.shaping.keep_split.path = p.keep_split;
  c.shaping.shuffle = p.shuffle;
  c.shaping.near_duplicates = p.near_duplicates;
  if (p.validation.empty() && !p.split_by.empty()) return "--split-by needs --validation";
  c.line.layout = p.layout;
  c.line.images = p.images;
  c.image.verify = p.verify;
  c.image.min_quality = p.min_quality;
  c.image.fit_model = p.fit_model;
  c.image.measure = p.measure;
  c.output = {p.output, p.prefix, p.rejects, p.force, p.resume, !p.no_sync, p.digest};
  if (!p.shards.empty()) c.shards = parse_size(p.shards);
  c.threads = p.limits.threads;
  c.stall_timeout_seconds = p.stall_timeout;
  set_size(c.memory_bytes, p.limits.memory);
  request.progress = p.display.style();
  request.quiet = p.display.quiet;
  request.json = p.json;
  request.log_file = p.log_file;
  request.log_level = p.log_level;
  request.metrics_file = p.metrics_file;
  request.max_rejects = *parse_reject_bound(p.max_rejects);
  if (std::string error = check_inputs(c.inputs); !error.empty()) return error;
  if (c.output.directory.empty()) return "-o, --output is required: the directory to write";
  if (std::find(p.exclude.begin(), p.exclude.end(), "-") != p.exclude.end())
    return "--exclude reads a file, and - is none";
  if (p.urls == UrlsOption::inlined && p.store.empty())
    return "--urls inline needs --store DIR, a store that visionshard fetch INPUT... --store DIR has filled";
  if (p.urls == UrlsOption::keep && !p.store.empty())
    return "--store has no use without --urls inline; give both, or neither";
  return {};
}

}  // namespace visionshard::cli
