#include "cli/limit_options.h"

#include <fmt/format.h>
#include <visionshard/profile.h>

#include "cli/options.h"
#include "cli/validators.h"

namespace visionshard::cli {
namespace {

constexpr std::uint64_t longest_line_bytes = 4'000'000'000;

const CLI::Validator is_profile(
    [](const std::string& text) {
      return find_profile(text) != nullptr || is_profile_file(text)
                 ? std::string()
                 : fmt::format("there is no profile '{}'; take openai, azure, together, fireworks, none or a TOML file",
                               text);
    },
    "openai|azure|together|fireworks|none|FILE");

}  // namespace

void define_limits(CLI::App& app, TypedLimits& t) {
  const char* group = "What the provider takes";
  app.add_option("--profile", t.profile, "one of those built in, or a TOML file of your own (visionshard profiles)")
      ->check(is_profile)
      ->capture_default_str()
      ->group(group);
  app.add_option("--max-images-per-example", t.max_images, "override the profile's limit")
      ->check(is_count)
      ->option_text("N")
      ->group(group);
  app.add_option("--max-image-bytes", t.max_image_bytes, "override: decoded bytes of one image")
      ->check(is_size)
      ->option_text("SIZE")
      ->group(group);
  app.add_option("--max-image-examples", t.max_image_examples, "override: examples with images in one shard")
      ->check(is_count)
      ->option_text("N")
      ->group(group);
  app.add_option("--max-shard-bytes", t.max_shard_bytes, "override: bytes of one shard")
      ->check(is_size)
      ->option_text("SIZE")
      ->group(group);
}

void define_image_limits(CLI::App& app, TypedLimits& t, const char* group, const char* orient_help) {
  app.add_option("--max-pixels", t.max_pixels, "refuse larger images from their header (default 178956970)")
      ->check(is_count)
      ->option_text("N")
      ->group(group);
  add_choice(app, "--orient", t.orient, {{"bake", Orient::bake}, {"keep", Orient::keep}}, orient_help)->group(group);
}

void define_resources(CLI::App& app, TypedLimits& t, const char* group) {
  app.add_option("--max-line-bytes", t.max_line_bytes, "longer lines are rejected unread (default 256MiB, at most 4GB)")
      ->check(is_size)
      ->option_text("SIZE")
      ->group(group);
  app.add_option("--threads", t.threads, "default: all usable processors; 1 runs without the scheduler")
      ->check(CLI::Range(1u, 1024u).description("N"))
      ->group(group);
  app.add_option("--memory", t.memory, "bytes in flight (default: a quarter of RAM, at most 2GiB)")
      ->check(is_size)
      ->option_text("SIZE")
      ->group(group);
}

void set_size(std::uint64_t& value, const std::string& typed) {
  if (!typed.empty()) value = *parse_size(typed);
}

std::string meaning_of(const TypedLimits& t, ChosenProfile& profile, LineOptions& line, ImageOptions& image) {
  if (const Profile* const named = find_profile(t.profile))
    profile = {t.profile, named->limits};
  else if (std::string wrong = read_profile_file(t.profile, profile); !wrong.empty())
    return wrong;
  Limits& limits = profile.limits;
  set_size(limits.max_images_per_example, t.max_images);
  set_size(limits.max_image_bytes, t.max_image_bytes);
  set_size(limits.max_image_examples, t.max_image_examples);
  set_size(limits.max_shard_bytes, t.max_shard_bytes);
  set_size(line.max_line_bytes, t.max_line_bytes);
  set_size(image.max_pixels, t.max_pixels);
  image.orient = t.orient;
  if (line.max_line_bytes > longest_line_bytes || line.max_line_bytes == 0)
    return "--max-line-bytes must be from 1 to 4GB";
  if (limits.max_image_examples == 0) return "--max-image-examples must be at least 1";
  if (limits.max_shard_bytes == 0) return "--max-shard-bytes must be at least 1";
  return {};
}

}  // namespace visionshard::cli
