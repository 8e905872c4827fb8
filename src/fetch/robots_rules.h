// What a site asks of programs that read it: robots.txt (RFC 9309), X-Robots-Tag and TDM-Reservation.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace visionshard::fetching {

/// The name that robots.txt and X-Robots-Tag may call this program by.
inline constexpr std::string_view robot_name = "visionshard";

/// The rules of a robots.txt for this program: those of its own groups, or else of the groups for all.
class RobotsRules {
 public:
  /// Everything is allowed.
  RobotsRules() = default;
  explicit RobotsRules(std::string_view text);

  /// `path` with its query, in any spelling of its escapes.
  bool allows(std::string_view path) const;

 private:
  struct Rule {
    std::string pattern;  // normalized
    bool allow;
  };

  std::vector<Rule> rules_;
};

/// The bytes of a robots.txt that are read (RFC 9309, section 2.5).
inline constexpr std::size_t max_robots_bytes = 500 << 10;

/// Whether the value of an X-Robots-Tag header has noai, noimageai, noindex, noimageindex or none for this program.
bool forbids_use(std::string_view robots_tag);

/// Whether the value of a TDM-Reservation header reserves the right to mine the content (W3C TDM Reservation Protocol).
bool reserves_mining(std::string_view tdm_reservation);

}  // namespace visionshard::fetching
