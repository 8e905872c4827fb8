#include "fetch/address_guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace visionshard::fetching {
namespace {

constexpr Address mapped(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
  return {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, a, b, c, d};
}

constexpr AddressRange v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d, unsigned bits) {
  return {mapped(a, b, c, d), 96 + bits};
}

constexpr AddressRange v6(std::uint16_t a, std::uint16_t b, std::uint16_t c, unsigned bits) {
  const auto high = [](std::uint16_t word) { return static_cast<std::uint8_t>(word >> 8); };
  const auto low = [](std::uint16_t word) { return static_cast<std::uint8_t>(word & 0xFF); };
  return {{high(a), low(a), high(b), low(b), high(c), low(c)}, bits};
}

constexpr AddressRange ipv4 = v4(0, 0, 0, 0, 0);
constexpr AddressRange global_unicast = v6(0x2000, 0, 0, 3);
// They contain an IPv4 address: after the first 16 bits (RFC 3056), or in the last 32 (RFC 6052).
constexpr AddressRange six_to_four = v6(0x2002, 0, 0, 16);
constexpr AddressRange nat64 = v6(0x64, 0xff9b, 0, 96);

constexpr AddressRange not_public_v4[] = {
    v4(0, 0, 0, 0, 8),         // this network
    v4(10, 0, 0, 0, 8),        // private
    v4(100, 64, 0, 0, 10),     // shared by customers of a provider (RFC 6598)
    v4(127, 0, 0, 0, 8),       // loopback
    v4(168, 63, 129, 16, 32),  // Azure's host
    v4(169, 254, 0, 0, 16),    // link-local; 169.254.169.254 is the metadata of most clouds
    v4(172, 16, 0, 0, 12),     // private
    v4(192, 0, 0, 0, 24),      // protocol assignments
    v4(192, 0, 2, 0, 24),      // documentation
    v4(192, 88, 99, 0, 24),    // 6to4 relays, no longer in use
    v4(192, 168, 0, 0, 16),    // private
    v4(198, 18, 0, 0, 15),     // benchmarks between networks
    v4(198, 51, 100, 0, 24),   // documentation
    v4(203, 0, 113, 0, 24),    // documentation
    v4(224, 0, 0, 0, 4),       // multicast
    v4(240, 0, 0, 0, 4),       // reserved, broadcast
};

// Within global_unicast; nothing else of IPv6 is public.
constexpr AddressRange not_public_v6[] = {
    v6(0x2001, 0, 0, 23),      // protocol assignments, Teredo among them
    v6(0x2001, 0xdb8, 0, 32),  // documentation
    v6(0x3fff, 0, 0, 20),      // documentation
};

template <std::size_t N>
bool in_any(const AddressRange (&ranges)[N], const Address& address) noexcept {
  return std::any_of(std::begin(ranges), std::end(ranges), [&](const AddressRange& r) { return r.contains(address); });
}

bool is_public(const Address& address) noexcept {
  if (ipv4.contains(address)) return !in_any(not_public_v4, address);
  const auto embedded = [&](std::size_t at) {
    return mapped(address[at], address[at + 1], address[at + 2], address[at + 3]);
  };
  if (six_to_four.contains(address)) return is_public(embedded(2));
  if (nat64.contains(address)) return is_public(embedded(12));
  return global_unicast.contains(address) && !in_any(not_public_v6, address);
}

}  // namespace

bool AddressRange::contains(const Address& address) const noexcept {
  const std::size_t whole = bits / 8;
  if (!std::equal(first.begin(), first.begin() + static_cast<std::ptrdiff_t>(whole), address.begin())) return false;
  return bits % 8 == 0 || ((first[whole] ^ address[whole]) >> (8 - bits % 8)) == 0;
}

std::optional<AddressRange> parse_range(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string address(text.substr(0, slash));
  AddressRange range;
  unsigned most = 128;
  if (in_addr v4_address{}; ::inet_pton(AF_INET, address.c_str(), &v4_address) == 1) {
    range.first = mapped(0, 0, 0, 0);
    std::memcpy(range.first.data() + 12, &v4_address, sizeof v4_address);
    most = 32;
  } else if (::inet_pton(AF_INET6, address.c_str(), range.first.data()) != 1) {
    return std::nullopt;
  }
  unsigned bits = most;
  if (slash != std::string_view::npos) {
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + slash + 1, end, bits);
    if (error != std::errc() || stop != end || bits > most) return std::nullopt;
  }
  range.bits = bits + (128 - most);
  return range;
}

std::optional<Address> address_of(const sockaddr* address) noexcept {
  Address out = mapped(0, 0, 0, 0);
  if (address->sa_family == AF_INET) {
    std::memcpy(out.data() + 12, &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, 4);
    return out;
  }
  if (address->sa_family != AF_INET6) return std::nullopt;
  std::memcpy(out.data(), &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr, out.size());
  return out;
}

std::string address_text(const Address& address) {
  char text[INET6_ADDRSTRLEN];
  if (ipv4.contains(address)) return ::inet_ntop(AF_INET, address.data() + 12, text, sizeof text);
  return ::inet_ntop(AF_INET6, address.data(), text, sizeof text);
}

bool AddressGuard::allows(const Address& address) const noexcept {
  return is_public(address) || std::any_of(allowed_.begin(), allowed_.end(),
                                           [&](const AddressRange& range) { return range.contains(address); });
}

}  // namespace visionshard::fetching
