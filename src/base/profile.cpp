#include <visionshard/profile.h>

#include <algorithm>

namespace visionshard {
namespace {

constexpr std::uint64_t million = 1'000'000;

// As the documents stood in November 2026; what none of them says is open or as OpenAI's. Each source is named at the
// values that it gives; "same" is the source named last.
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
         .min_examples = 10,
         // "Fine-tuning", token limits: an example of more than 65,536 tokens is cut to them (gpt-4o, gpt-4.1).
         .max_image_tokens = 65'536,
         // API reference, "Create chat completion", messages: only the parts of user messages can be image_url, those
         // of assistants text or refusal, all others text.
         .images_user_only = true,
         // OpenAI's OpenAPI description, FineTuneChatRequestInput: the roles system, user, assistant, tool, function;
         // weight is an integer, 0 or 1, of assistants.
         .function_role = true,
         .developer_to_system = true,
         .refusal_parts = true,
         .weight_on_any_role = false,
         .integer_weight = true,
         // "Create chat completion": tool_call_id is required and arguments is a string; tools, tool_calls are arrays.
         .tool_rules = true,
         // "Direct preference optimization": text alone, in and out; each output is one assistant message.
         .preference_images = false,
         .one_output_message = true,
         // "Reinforcement fine-tuning": messages that end with the user's; all other keys are the grader's.
         .reinforcement = true,
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
         .min_examples = 10,
         .max_image_tokens = 65'536,
         // Microsoft's samples, microsoft-foundry/fine-tuning, Supervised_Fine_Tuning/SCHEMA.md: the roles system, user
         // and assistant, at least one message each of a user and an assistant; "Fine-tuning and tool calling" adds
         // tool. The import refuses function by name (MicrosoftDocs/azure-docs, issue 120001). The rest as OpenAI's.
         .images_user_only = true,
         .function_role = false,
         .developer_to_system = true,
         .user_required = true,
         .refusal_parts = true,
         .weight_on_any_role = false,
         .integer_weight = true,
         .tool_rules = true,
         // "Direct preference optimization" (Azure OpenAI documentation): an output has at least one assistant message,
         // and may have others of assistants and tools. It says nothing of images: as OpenAI's.
         .preference_images = false,
         .one_output_message = false,
         // "Reinforcement fine-tuning" (same): the last message is a user's; further fields are the grader's.
         .reinforcement = true,
     }},
    {"together",
     {
         // "Vision-language fine-tuning" (Together's documentation): 10 images an example, 10 MB an image; PNG, JPEG,
         // WebP, in data URLs, in messages of users only.
         .max_images_per_example = 10,
         .max_image_bytes = 10 * million,
         .max_image_examples = 50'000,
         // together-py, src/together/lib/constants.py: 50.1 GB a file, at least one example.
         .max_shard_bytes = 50'000 * million,
         .min_examples = 1,
         // The check that the client makes before an upload, lib/utils/files.py: the URL has at most the length of
         // "data:image/jpeg;base64," and of 10 MiB as base64, and begins with the type exactly so spelled.
         .max_url_chars = 13'981'036,
         .max_image_tokens = no_limit,
         .urls = false,
         .exact_media_type = true,
         .images_user_only = true,
         // Same: the roles system, user, assistant, tool; parts of the types text and image_url.
         .function_role = false,
         .developer_to_system = true,
         .refusal_parts = false,
         // Same, and "Data preparation", "Weighted data": weight is an integer, 0 or 1, on any message, but 0 on one
         // with images. A number at top level is another thing, the weight of the example.
         .weight_on_any_role = true,
         .integer_weight = true,
         .image_weight_zero = true,
         .tool_rules = true,
         // "Data preparation": users and assistants alternate. The check: contents of both kinds in one example and
         // unknown columns end an upload, as does one bad line, a blank one or a byte order mark.
         .alternate_roles = true,
         .uniform_contents = true,
         .known_keys_only = true,
         // "Preference fine-tuning" (Together's documentation), for models that see as well. The client's check: each
         // output is one assistant message whose content is a string, and the input ends with another's.
         .preference_images = true,
         .one_output_message = true,
         .string_outputs = true,
         .prompt_not_by_assistant = true,
         // The documentation has no such method.
         .reinforcement = false,
         .strict_file = true,
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
         .min_examples = 3,
         .max_image_tokens = no_limit,
         .webp = false,
         .urls = false,
         .images_user_only = true,
         // "Supervised fine-tuning, text" (same): the roles system, user, assistant, and tool with function calls;
         // system must be the first message; weight is 0 or 1. Contents are strings, or text and images.
         .function_role = false,
         .developer_to_system = true,
         .system_first_only = true,
         .refusal_parts = false,
         .weight_on_any_role = true,
         .integer_weight = false,
         .tool_rules = true,
         // "Direct preference optimization" (same): contents are strings, and an output is an assistant message.
         .preference_images = false,
         .one_output_message = true,
         // "Reinforcement fine-tuning" (same): messages, and any fields for the evaluator.
         .reinforcement = true,
     }},
    {"none",
     {
         .max_images_per_example = no_limit,
         .max_image_bytes = no_limit,
         .max_image_examples = no_limit,
         .max_shard_bytes = no_limit,
         .min_examples = 0,
         .max_image_tokens = no_limit,
         .images_user_only = false,
         .example_rules = false,
         .developer_to_system = false,
         .tool_rules = false,
         .preference_images = true,
         .one_output_message = false,
     }},
};

static_assert(table[0].limits == Limits());

}  // namespace

std::span<const Profile> profiles() noexcept { return table; }

const Profile* find_profile(std::string_view name) noexcept {
  const auto found = std::find_if(std::begin(table), std::end(table), [&](const Profile& p) { return p.name == name; });
  return found == std::end(table) ? nullptr : found;
}

}  // namespace visionshard
