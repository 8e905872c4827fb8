#include "layout/origins.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace visionshard::layout {
namespace {

// Takes "/7" from the beginning of `pointer`.
std::optional<std::uint32_t> take_index(std::string_view& pointer) {
  if (!pointer.starts_with('/')) return std::nullopt;
  std::uint32_t index = 0;
  const auto read = std::from_chars(pointer.data() + 1, pointer.data() + pointer.size(), index);
  if (read.ec != std::errc() || read.ptr == pointer.data() + 1) return std::nullopt;
  pointer.remove_prefix(static_cast<std::size_t>(read.ptr - pointer.data()));
  return index;
}

bool take(std::string_view& pointer, std::string_view start) {
  if (!pointer.starts_with(start) || (pointer.size() > start.size() && pointer[start.size()] != '/')) return false;
  pointer.remove_prefix(start.size());
  return true;
}

}  // namespace

std::string Place::pointer() const {
  std::string out = fmt::format("/{}", key);
  if (index != example::nowhere) out += fmt::format("/{}", index);
  if (!leaf.empty()) out += fmt::format("/{}", leaf);
  if (sub != example::nowhere) out += fmt::format("/{}", sub);
  return out;
}

std::string Origins::original_pointer(std::string_view pointer) const {
  std::string_view rest = pointer;
  if (!take(rest, "/messages")) return std::string(pointer);
  const auto index = take_index(rest);
  if (!index || *index >= messages_.size()) return fmt::format("/{}", list_key);
  const Message& message = messages_[*index];
  const std::string self = message.place.pointer();
  if (take(rest, "/role")) return message.role_key.empty() ? self : fmt::format("{}/{}", self, message.role_key);
  if (!take(rest, "/content")) return self + std::string(rest);
  const std::size_t parts_end = *index + 1 < messages_.size() ? messages_[*index + 1].first_part : parts_.size();
  if (const auto part = take_index(rest); part && message.first_part + *part < parts_end)
    return parts_[message.first_part + *part].pointer();
  return message.content_key.empty() ? self : fmt::format("{}/{}", self, message.content_key);
}

}  // namespace visionshard::layout
