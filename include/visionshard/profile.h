// The providers' limits by name.
#pragma once

#include <visionshard/options.h>

#include <span>
#include <string_view>

namespace visionshard {

struct Profile {
  std::string_view name;
  Limits limits;
};

/// "openai", "azure", "together", "fireworks" and "none", in this order. Thread-safe.
std::span<const Profile> profiles() noexcept;

/// nullptr for an unknown name. Thread-safe.
const Profile* find_profile(std::string_view name) noexcept;

}  // namespace visionshard
