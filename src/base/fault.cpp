#include <visionshard/fault.h>

namespace visionshard {
namespace {

struct Row {
  FaultCode code;
  std::string_view name;
  std::string_view meaning;
};

constexpr Row rows[] = {
    {FaultCode::invalid_utf8, "invalid_utf8", "the line is not UTF-8; convert the file's encoding"},
    {FaultCode::invalid_json, "invalid_json", "the line is not one valid JSON text"},
    {FaultCode::line_too_long, "line_too_long", "the line is longer than --max-line-bytes"},
    {FaultCode::not_an_object, "not_an_object", "the line is JSON, but not an object"},
    {FaultCode::bad_messages, "bad_messages", "messages must be a non-empty array of objects"},
    {FaultCode::bad_role, "bad_role", "the role is none that the provider takes, or not where it takes it"},
    {FaultCode::bad_content, "bad_content",
     "content must be a string or a non-empty array of parts; only assistants with tool_calls may do without"},
    {FaultCode::bad_part, "bad_part", "a content part is not of a shape the provider takes"},
    {FaultCode::bad_weight, "bad_weight", "weight must be 0 or 1, on messages where the provider takes it"},
    {FaultCode::bad_tool_call, "bad_tool_call",
     "tool_call_id is missing, or it, arguments, tool_calls or tools has the wrong type; arguments is a string of "
     "JSON"},
    {FaultCode::lone_surrogate, "lone_surrogate", "half a surrogate pair, which cannot be written as UTF-8"},
    {FaultCode::no_assistant, "no_assistant", "an example needs at least one assistant message"},
    {FaultCode::no_user, "no_user", "this provider wants at least one user message in an example"},
    {FaultCode::duplicate_key, "duplicate_key", "a key on the path to an image stands twice; parsers disagree on it"},
    {FaultCode::assistant_image, "assistant_image", "images in assistant messages are refused by the provider"},
    {FaultCode::image_role, "image_role", "this provider takes images in user messages only"},
    {FaultCode::too_many_images, "too_many_images", "more images than the provider takes in one example"},
    {FaultCode::too_many_tokens, "too_many_tokens",
     "the images take more tokens than the provider allows, or the example more than --max-tokens"},
    {FaultCode::url_not_allowed, "url_not_allowed", "this provider takes no URLs; inline the image as a data URL"},
    {FaultCode::bad_url, "bad_url", "neither an http(s) URL nor a base64 data URL (local files need --image-root)"},
    {FaultCode::bad_base64, "bad_base64", "the data URL's payload is not base64"},
    {FaultCode::empty_image, "empty_image", "the image has no bytes"},
    {FaultCode::unknown_format, "unknown_format", "the bytes are of no image format known here"},
    {FaultCode::unsupported_format, "unsupported_format", "a known format that cannot be converted"},
    {FaultCode::corrupt_image, "corrupt_image", "the image is damaged or cut off"},
    {FaultCode::too_many_pixels, "too_many_pixels", "width x height is over --max-pixels"},
    {FaultCode::cannot_fit, "cannot_fit", "the image cannot be brought under the byte limit"},
    {FaultCode::file_not_found, "file_not_found", "the local image file cannot be read"},
    {FaultCode::outside_root, "outside_root", "the local image file lies outside --image-root"},
    {FaultCode::image_count, "image_count", "the marks for images in the texts and the images listed differ in number"},
    {FaultCode::url_missing, "url_missing", "the store does not have the URL; fetch it with visionshard fetch"},
    {FaultCode::url_unreachable, "url_unreachable", "the server of the URL could not be reached, or broke off"},
    {FaultCode::url_status, "url_status", "the server refused the URL, or knows nothing of it"},
    {FaultCode::url_not_image, "url_not_image", "what the URL gave is no image, such as an HTML page"},
    {FaultCode::url_too_large, "url_too_large", "what the URL gave is larger than fetch takes"},
    {FaultCode::url_private, "url_private", "the URL leads to an address that is not public"},
    {FaultCode::url_opted_out, "url_opted_out", "the server does not allow its images for training"},
    {FaultCode::example_too_large, "example_too_large", "the example alone is over the provider's bytes per file"},
    {FaultCode::internal_error, "internal_error", "a defect of visionshard; please report it with the line"},
};

constexpr bool in_place() {
  for (std::size_t i = 0; i < std::size(rows); ++i)
    if (static_cast<std::size_t>(rows[i].code) != i) return false;
  return std::size(rows) == fault_code_count;
}
static_assert(in_place(), "one row for each code, in the order of the enumeration");

}  // namespace

std::string_view name(FaultCode code) noexcept { return rows[static_cast<std::size_t>(code)].name; }
std::string_view meaning(FaultCode code) noexcept { return rows[static_cast<std::size_t>(code)].meaning; }

}  // namespace visionshard
