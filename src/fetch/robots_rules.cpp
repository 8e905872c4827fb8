#include "fetch/robots_rules.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"

namespace visionshard::fetching {
namespace {

bool is_unreserved(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

// One spelling of a path, with its query, or of a pattern (RFC 9309, section 2.2.2): escaped is what must be, with
// upper case digits, and nothing that need not be. Reserved characters mean something else escaped than as they are
// (RFC 3986, section 2.2). The two that a pattern has a meaning for are escaped in paths (section 2.2.3).
std::string normalized(std::string_view text, bool is_pattern) {
  std::string out;
  const auto escape = [&](unsigned char c) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    out += {'%', digits[c >> 4], digits[c & 15]};
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto c = static_cast<unsigned char>(text[i]);
    if (c == '%' && i + 2 < text.size() && ascii::hex_value(text[i + 1]) >= 0 && ascii::hex_value(text[i + 2]) >= 0) {
      c = static_cast<unsigned char>(ascii::hex_value(text[i + 1]) * 16 + ascii::hex_value(text[i + 2]));
      i += 2;
      is_unreserved(c) ? out.push_back(static_cast<char>(c)) : escape(c);
      continue;
    }
    const bool is_special = c == '*' || c == '$';
    const bool has_meaning = is_pattern && (c == '*' || i + 1 == text.size());
    if (c <= ' ' || c >= 0x7F || c == '%' || (is_special && !has_meaning))
      escape(c);
    else
      out.push_back(static_cast<char>(c));
  }
  return out;
}

// `pattern` may have * for anything, and $ at its end for the end of the path. Two places suffice to go back to: a
// later * makes an earlier one's choice irrelevant.
bool matches(std::string_view pattern, std::string_view path) {
  const bool to_the_end = pattern.ends_with('$');
  if (to_the_end) pattern.remove_suffix(1);
  std::size_t p = 0, s = 0, star = std::string_view::npos, star_at = 0;
  while (true) {
    if (p == pattern.size() && (!to_the_end || s == path.size())) return true;
    if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      star_at = s;
    } else if (p < pattern.size() && s < path.size() && pattern[p] == path[s]) {
      ++p, ++s;
    } else if (star != std::string_view::npos && star_at < path.size()) {
      p = star;
      s = ++star_at;
    } else {
      return false;
    }
  }
}

// The product in "visionshard/1.0 (+https://...)".
bool names_us(std::string_view agent) {
  return ascii::lower_case(agent.substr(0, agent.find_first_of("/ \t"))) == robot_name;
}

}  // namespace

RobotsRules::RobotsRules(std::string_view text) {
  text = text.substr(0, max_robots_bytes);
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::vector<Rule> for_us, for_all;
  bool names_group = false, ours = false, everyone = false, any_ours = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    line = line.substr(0, line.find('#'));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string key = ascii::lower_case(ascii::trimmed(line.substr(0, colon)));
    const std::string_view value = ascii::trimmed(line.substr(colon + 1));
    if (key == "user-agent") {
      if (!names_group) ours = everyone = false;
      names_group = true;
      ours |= names_us(value);
      everyone |= value == "*";
      any_ours |= ours;
    } else if (key == "allow" || key == "disallow") {
      names_group = false;
      // An empty Disallow allows everything, which is what no rule does.
      if (value.empty()) continue;
      const Rule rule{normalized(value, true), key == "allow"};
      if (ours) for_us.push_back(rule);
      if (everyone) for_all.push_back(rule);
    }
  }
  rules_ = any_ours ? std::move(for_us) : std::move(for_all);
}

bool RobotsRules::allows(std::string_view spelled) const {
  if (rules_.empty()) return true;
  const std::string path = normalized(spelled, false);
  const Rule* best = nullptr;
  for (const Rule& rule : rules_) {
    const bool is_better = best == nullptr || rule.pattern.size() > best->pattern.size() ||
                           (rule.pattern.size() == best->pattern.size() && rule.allow);
    if (is_better && matches(rule.pattern, path)) best = &rule;
  }
  return best == nullptr || best->allow;
}

namespace {

// RFC 9309, section 2.2.1, and with digits, as in MJ12bot. What is left of a date that was cut at its comma is none.
bool is_product_token(std::string_view text) {
  return text == "*" || (!text.empty() && std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
         }));
}

}  // namespace

bool forbids_use(std::string_view robots_tag) {
  // "noindex, noai", "otherbot: noindex": a name holds for the directives after it, up to the next name. Some write
  // semicolons or nothing between directives.
  constexpr std::array<std::string_view, 5> forbidding = {"noai", "noimageai", "noindex", "noimageindex", "none"};
  constexpr std::array with_value = {"max-snippet", "max-image-preview", "max-video-preview", "unavailable_after"};
  bool for_us = true;
  while (!robots_tag.empty()) {
    const std::size_t end = std::min(robots_tag.find_first_of(",;"), robots_tag.size());
    const std::string part = ascii::lower_case(ascii::trimmed(robots_tag.substr(0, end)));
    robots_tag.remove_prefix(std::min(end + 1, robots_tag.size()));
    std::string_view directives = part;
    if (const std::size_t colon = part.find(':'); colon != std::string::npos) {
      const std::string_view name = ascii::trimmed(directives.substr(0, colon));
      if (std::ranges::find(with_value, name) != with_value.end() || !is_product_token(name)) continue;
      for_us = name == robot_name || name == "*";
      directives.remove_prefix(colon + 1);
    }
    while (for_us && !(directives = ascii::trimmed(directives)).empty()) {
      const std::string_view directive = directives.substr(0, directives.find_first_of(" \t"));
      if (std::ranges::find(forbidding, directive) != forbidding.end()) return true;
      directives.remove_prefix(directive.size());
    }
  }
  return false;
}

bool reserves_mining(std::string_view tdm_reservation) { return ascii::trimmed(tdm_reservation) == "1"; }

}  // namespace visionshard::fetching
