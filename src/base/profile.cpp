#include <visionshard/profile.h>

#include <algorithm>

namespace visionshard {
namespace {

constexpr std::uint64_t million = 1'000'000;

// As the pages stood in November 2026; what none of them says is open or as OpenAI's.
constexpr Profile table[] = {
    {"openai",
     {
         // "Vision fine-tuning", section "Image dataset requirements" (OpenAI's API documentation): 10 images an
         // example, 10 MB an image, 50,000 examples with images; JPEG, PNG or WebP, RGB or RGBA; none in the messages
         // of an assistant; URLs or data URLs.
         .max_images_per_example = 10,
         .max_image_bytes = 10 * million,
         .max_image_examples = 50'000,
         // API reference, "Upload file": 512 MB a file. Decimal megabytes are the safe reading.
         .max_shard_bytes = 512 * million,
         // "Supervised fine-tuning": at least 10 examples.
         .fewest_examples = 10,
         // "Fine-tuning", token limits: an example of more than 65,536 tokens is cut to them (gpt-4o, gpt-4.1).
         .max_image_tokens = 65'536,
     }},
    {"azure",
     {
         // "Fine-tune with vision" (Azure OpenAI documentation), "Image dataset requirements": as OpenAI's, but 64
         // images an example; at least 10 examples.
         .max_images_per_example = 64,
         .max_image_bytes = 10 * million,
         .max_image_examples = 50'000,
         // "Customize a model with fine-tuning" (same): files of less than 512 MB.
         .max_shard_bytes = 512 * million,
         .fewest_examples = 10,
         .max_image_tokens = 65'536,
     }},
    {"together",
     {
         // "Vision-language fine-tuning" (Together's documentation): 10 images an example, 10 MB an image; PNG, JPEG,
         // WebP, in data URLs, in messages of users only.
         .max_images_per_example = 10,
         .max_image_bytes = 10 * million,
         .max_image_examples = 50'000,
         // together-python, src/together/constants.py: 50.1 GB a file, at least one example.
         .max_shard_bytes = 50'000 * million,
         .fewest_examples = 1,
         // Same client, the check before an upload: length of "data:image/jpeg;base64," and of 10 MiB as base64.
         .max_url_chars = 13'981'036,
         .urls = false,
         .images_user_only = true,
         // Same check: roles that repeat, contents of both kinds in one example and unknown columns end an upload.
         .alternate_roles = true,
         .uniform_contents = true,
         .known_keys_only = true,
     }},
    {"fireworks",
     {
         // "Supervised fine-tuning, vision" (Fireworks' documentation): 3 to 3,000,000 examples; PNG and JPEG in data
         // URLs. It states no number of images.
         .max_images_per_example = no_limit,
         .max_image_bytes = 10 * million,
         .max_image_examples = 3 * million,
         // API reference, "Upload dataset files" (same): 150 MB in one request; larger ones need a signed upload.
         .max_shard_bytes = 150 * million,
         .fewest_examples = 3,
         .webp = false,
         .urls = false,
         .images_user_only = true,
     }},
    {"none",
     {
         .max_images_per_example = no_limit,
         .max_image_bytes = no_limit,
         .max_image_examples = no_limit,
         .max_shard_bytes = no_limit,
         .fewest_examples = 0,
         .example_rules = false,
     }},
};

}  // namespace

std::span<const Profile> profiles() noexcept { return table; }

const Profile* find_profile(std::string_view name) noexcept {
  const auto found = std::find_if(std::begin(table), std::end(table), [&](const Profile& p) { return p.name == name; });
  return found == std::end(table) ? nullptr : found;
}

}  // namespace visionshard
