// The providers' limits by name. The source of each number is named beside it in src/base/profile.cpp.
#pragma once

#include <visionshard/options.h>

#include <span>
#include <string_view>

namespace visionshard {

/// What one provider takes, as it documents it.
struct Profile {
  std::string_view name;
  Limits limits;
};

/// "openai", "azure", "together", "fireworks" and "none", in this order. Thread-safe.
std::span<const Profile> profiles() noexcept;

/// The profile of that name; nullptr where there is none. Thread-safe.
const Profile* find_profile(std::string_view name) noexcept;

}  // namespace visionshard
