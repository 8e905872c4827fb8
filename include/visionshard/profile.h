// The providers' limits by name. The source of each number is named beside it in src/base/profile.cpp.
#pragma once

#include <visionshard/options.h>

#include <span>
#include <string_view>

namespace visionshard {

/// The rules of one provider, by its documentation.
struct Profile {
  std::string_view name;
  Limits limits;
};

/// Returns the profiles "openai", "azure", "together", "fireworks" and "none", in this order. Thread-safe.
std::span<const Profile> profiles() noexcept;

/// Returns the profile of this name, or nullptr. Thread-safe.
const Profile* find_profile(std::string_view name) noexcept;

}  // namespace visionshard
