#include "distribute/frequent_image.h"

#include <visionshard/line_images.h>

#include "base/sha256.h"
#include "distribute/written_example.h"

namespace visionshard::distribute {

RunResult<std::string> sha256_of_image(const ClusterJob& job, const output::HashKey& key, std::uint64_t place) {
  const auto line = VISIONSHARD_TRY(written_example(job, place));
  auto read = LineImageReader().read(line);
  if (const auto* const images = std::get_if<0>(&read))
    for (const std::vector<std::byte>& image : *images) {
      if (output::shared_key(xxh128_digest(image)) != key) continue;
      Sha256 digest;
      digest.update(image);
      return hexadecimal(digest.finish());
    }
  return std::string();
}

}  // namespace visionshard::distribute
