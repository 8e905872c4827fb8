// Where the messages and parts of a chat line stood in the line of another layout that it was made of.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "example/example_spans.h"

namespace visionshard::layout {

/// "/contents/1/parts/0": a key, and what of the rest there is. The views are of constants.
struct Place {
  std::string_view key;
  std::uint32_t index = example::nowhere;
  std::string_view leaf = {};
  std::uint32_t sub = example::nowhere;

  std::string pointer() const;
};

class Origins {
 public:
  /// The next message of the chat line; the next parts are its.
  void add_message(const Place& place, std::string_view role_key, std::string_view content_key) {
    messages_.push_back({place, role_key, content_key, static_cast<std::uint32_t>(parts_.size())});
  }
  void add_part(const Place& place) { parts_.push_back(place); }

  std::size_t elements() const noexcept { return messages_.size() + parts_.size(); }
  std::uint64_t memory_bytes() const noexcept {
    return messages_.capacity() * sizeof(Message) + parts_.capacity() * sizeof(Place);
  }

  /// The place in the original line of a JSON pointer into the chat line. `list_key` is what became "messages".
  std::string original_pointer(std::string_view pointer) const;
  std::string_view list_key = "messages";

 private:
  struct Message {
    Place place;
    std::string_view role_key;
    std::string_view content_key;
    std::uint32_t first_part;
  };

  std::vector<Message> messages_;
  std::vector<Place> parts_;
};

}  // namespace visionshard::layout
