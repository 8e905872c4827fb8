#include "base/unseen_character.h"

#include <algorithm>
#include <array>

namespace visionshard {
namespace {

struct CodePoints {
  char32_t first, last;
};

// The Unicode Character Database's controls, formats, separators of lines and fillers that show as nothing.
constexpr CodePoints unseen[] = {{0x00, 0x1F},     {0x7F, 0x9F},       {0xAD, 0xAD},      {0x34F, 0x34F},
                                 {0x61C, 0x61C},   {0x115F, 0x1160},   {0x17B4, 0x17B5},  {0x180B, 0x180F},
                                 {0x200B, 0x200F}, {0x2028, 0x202E},   {0x2060, 0x206F},  {0x3164, 0x3164},
                                 {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},  {0xFFF0, 0xFFFB},
                                 {0xFFFE, 0xFFFF}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF}};

}  // namespace

char32_t code_point(std::string_view character) noexcept {
  constexpr std::array<unsigned char, 5> lead_bits = {0, 0x7F, 0x1F, 0x0F, 0x07};
  char32_t point = static_cast<unsigned char>(character.front()) & lead_bits[character.size()];
  for (const char c : character.substr(1)) point = point << 6 | (static_cast<unsigned char>(c) & 0x3F);
  return point;
}

bool is_unseen(char32_t point) noexcept {
  return std::ranges::any_of(unseen, [=](CodePoints range) { return range.first <= point && point <= range.last; });
}

}  // namespace visionshard
