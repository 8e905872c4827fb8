#include "exclusion/exclusions.h"

#include <cstring>

namespace visionshard::exclusion {

Exclusion Exclusions::of_url(std::string_view url) const {
  if (!urls_.empty() && contains(urls_, key_of_url(url))) return Exclusion::url;
  if (!hosts_.empty() && contains(hosts_, key_of(host_of(url)))) return Exclusion::host;
  return Exclusion::none;
}

// The number of keys of each kind, then the keys.
std::string Exclusions::serialized() const {
  std::string text;
  const auto append = [&](const void* bytes, std::size_t size) { text.append(static_cast<const char*>(bytes), size); };
  for (const Keys* keys : all()) {
    const std::uint64_t size = keys->size();
    append(&size, sizeof size);
  }
  append(&foreign_places_, sizeof foreign_places_);
  for (const Keys* keys : all()) append(keys->data(), keys->size() * sizeof(Key));
  return text;
}

RunResult<Exclusions> Exclusions::deserialized(std::string_view text) {
  Exclusions read;
  const auto take = [&](void* bytes, std::size_t size) {
    if (text.size() < size) return false;
    std::memcpy(bytes, text.data(), size);
    text.remove_prefix(size);
    return true;
  };
  std::array<std::uint64_t, 5> sizes{};
  bool whole = take(sizes.data(), sizeof sizes) && take(&read.foreign_places_, sizeof read.foreign_places_);
  for (std::size_t i = 0; whole && i < sizes.size(); ++i) {
    whole = sizes[i] <= text.size() / sizeof(Key);
    if (!whole) break;
    read.all()[i]->resize(sizes[i]);
    whole = sizes[i] == 0 || take(read.all()[i]->data(), sizes[i] * sizeof(Key));
  }
  if (!whole || !text.empty()) return run_fault("the job's exclusions are damaged");
  return read;
}

}  // namespace visionshard::exclusion

namespace visionshard {

std::string_view exclusion_meaning(Exclusion exclusion) noexcept {
  switch (exclusion) {
    case Exclusion::sample: return "not in the sample of --sample";
    case Exclusion::place: return "a list names the line";
    case Exclusion::example: return "a list has the SHA-256 of the line";
    case Exclusion::image: return "a list has the SHA-256 of an image in it";
    case Exclusion::url: return "a list has the URL of an image in it";
    case Exclusion::host: return "a list has the host of an image in it";
    case Exclusion::near_duplicate: return "a picture in it is a near-duplicate of one of an earlier example";
    case Exclusion::none: break;
  }
  return {};
}

}  // namespace visionshard
