#include "cli/arguments/limit_options.h"

#include <visionshard/profile.h>

#include "base/option_words.h"
#include "cli/arguments/size.h"
#include "cli/arguments/validators.h"

namespace visionshard::cli {
namespace {

constexpr std::uint64_t line_bytes_limit = 4'000'000'000;

const CLI::Validator is_profile(
    [](const std::string& text) {
      return find_profile(text) != nullptr || is_profile_file(text)
                 ? std::string()
                 : fmt::format("there is no profile '{}'; give openai, azure, together, fireworks, none or a TOML file",
                               excerpt(text));
    },
    "openai|azure|together|fireworks|none|FILE");

}  // namespace

void define_limits(CLI::App& app, ParsedLimits& p) {
  const char* group = "Limits of the provider";
  app.add_option("--profile", p.profile, "the provider's rules, or a TOML file with your own (visionshard profiles)")
      ->check(is_profile)
      ->capture_default_str()
      ->group(group);
  app.add_option("--max-images-per-example", p.max_images, "override the profile's limit")
      ->check(is_count)
      ->option_text("N")
      ->group(group);
  app.add_option("--max-image-bytes", p.max_image_bytes, "override the limit: decoded bytes of one image")
      ->check(is_size)
      ->option_text("SIZE")
      ->group(group);
  app.add_option("--max-image-examples", p.max_image_examples, "override the limit: examples with images in one shard")
      ->check(is_count)
      ->option_text("N")
      ->group(group);
  app.add_option("--max-shard-bytes", p.max_shard_bytes, "override the limit: bytes of one shard")
      ->check(is_size)
      ->option_text("SIZE")
      ->group(group);
  app.add_option("--max-tokens", p.max_tokens,
                 "reject an example that takes more tokens: those of its images by the rules for tiles, plus an "
                 "estimate for its text, a token for every four bytes")
      ->check(is_count)
      ->option_text("N")
      ->group(group);
}

void define_image_limits(CLI::App& app, ParsedLimits& p, const char* group, const char* orient_help) {
  app.add_option("--max-pixels", p.max_pixels,
                 "reject an image with more pixels than this, before it is decoded (default 178956970)")
      ->check(is_count)
      ->option_text("N")
      ->group(group);
  add_choice(app, "--orient", p.orient, words_of(p.orient), orient_help)->group(group);
}

void define_input_layout(CLI::App& app, ParsedLimits& p) {
  add_choice(app, "--from", p.from, words_of(p.from),
             "the layout of the input lines; auto: recognized by the keys of each line (visionshard help layouts)");
}

void define_resources(CLI::App& app, ParsedLimits& p, const char* group) {
  app.add_option("--max-line-bytes", p.max_line_bytes,
                 "reject a longer line without holding it in memory (default 256MiB, at most 4GB)")
      ->check(is_size)
      ->option_text("SIZE")
      ->group(group);
  define_threads(app, p.threads, group,
                 "number of threads (default: all usable processors); 1 runs without a scheduler");
  define_memory(app, p.memory, group);
}

void define_threads(CLI::App& app, unsigned& threads, const char* group, const char* help) {
  app.add_option("--threads", threads, help)->check(CLI::Range(1u, 1024u).description("N"))->group(group);
}

void define_memory(CLI::App& app, std::string& memory, const char* group) {
  app.add_option("--memory", memory,
                 "memory for the lines and images being processed (default: a quarter of RAM, at most 2GiB)")
      ->check(is_size)
      ->option_text("SIZE")
      ->group(group);
}

void set_size(std::uint64_t& value, const std::string& text) {
  if (!text.empty()) value = *parse_size(text);
}

std::string resolve(const ParsedLimits& p, ChosenProfile& profile, LineOptions& line, ImageOptions& image) {
  if (const Profile* const named = find_profile(p.profile))
    profile = {p.profile, named->limits};
  else if (std::string error = read_profile_file(p.profile, profile); !error.empty())
    return error;
  Limits& limits = profile.limits;
  set_size(limits.max_images_per_example, p.max_images);
  set_size(limits.max_image_bytes, p.max_image_bytes);
  set_size(limits.max_image_examples, p.max_image_examples);
  set_size(limits.max_shard_bytes, p.max_shard_bytes);
  set_size(line.max_line_bytes, p.max_line_bytes);
  set_size(image.max_pixels, p.max_pixels);
  set_size(line.max_tokens, p.max_tokens);
  image.orient = p.orient;
  line.from = p.from;
  if (line.max_line_bytes > line_bytes_limit || line.max_line_bytes == 0)
    return "--max-line-bytes must be from 1 to 4GB";
  if (limits.max_image_examples == 0) return "--max-image-examples must be at least 1";
  if (limits.max_shard_bytes == 0) return "--max-shard-bytes must be at least 1";
  return {};
}

}  // namespace visionshard::cli
