// What one image takes: image_memory WORK MAX_IMAGE_BYTES FILE, where WORK is convert, verify, reduce, thumbnail or
// hash. Prints pixels, bytes reserved, and by how many bytes the process grew at its peak.
#include <fmt/format.h>
#include <malloc.h>

#include <charconv>
#include <fstream>
#include <iterator>
#include <string>

#include "image/degradation.h"
#include "image/fit.h"
#include "image/thumbnail.h"
#include "near_duplicates/pdq.h"

namespace {

using namespace visionshard;

// Of /proc/self/status, in bytes.
std::uint64_t process_bytes(std::string_view name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(name)) return 1024 * std::stoull(line.substr(name.size() + 1));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  // As the program has it.
  mallopt(M_MMAP_THRESHOLD, 8 << 20);
  mallopt(M_TRIM_THRESHOLD, 16 << 20);
  const std::string_view work = argv[1], limit = argv[2];
  std::ifstream file(argv[3], std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  const ByteView view = as_bytes(bytes);
  Limits limits;
  std::from_chars(limit.data(), limit.data() + limit.size(), limits.max_image_bytes);
  const ImageOptions options;
  const auto info = codec::probe(view);
  if (!info) {
    fmt::print(stderr, "{}\n", info.error().detail);
    return 1;
  }
  const auto plan = image::plan_conversion(*info, view.size(), limits, options);
  if (!plan) {
    fmt::print(stderr, "{}\n", plan.error().detail);
    return 1;
  }
  malloc_trim(0);
  const std::uint64_t before = process_bytes("VmRSS:");
  std::uint64_t reserved = plan->need_bytes;
  std::string fault;
  if (work == "verify") {
    reserved = image::verify_need_bytes(*info, view.size());
    if (const auto sound = image::verify_pixels(view, *info); !sound) fault = sound.error().detail;
  } else if (work == "thumbnail") {
    reserved = image::thumbnail_need_bytes(*info);
    if (!image::thumbnail(view, *info)) fault = "no thumbnail";
  } else if (work == "hash") {
    reserved = near_duplicates::need_bytes(*info, view.size());
    if (const auto hashed = near_duplicates::pdq_of_file(view, *info); !hashed) fault = hashed.error().detail;
  } else {
    image::ConversionPlan todo = *plan;
    if (work == "reduce") {
      todo.needs_pixels = true;
      todo.reduction = image::Reduction{{info->width / 2, info->height / 2}};
      reserved = image::reduced_need_bytes(*info, view.size(), todo, *todo.reduction);
    }
    if (const auto fitted = image::fit_image(view, *info, todo, limits, options); !fitted)
      fault = fitted.error().detail;
  }
  if (!fault.empty()) {
    fmt::print(stderr, "{}\n", fault);
    return 1;
  }
  fmt::print("{} {} {}\n", std::max(info->pixels(), info->coded_pixels), reserved, process_bytes("VmHWM:") - before);
}
