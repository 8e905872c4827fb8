// Which addresses may be connected to. URLs come from strangers: without this a corpus could read the services of the
// network that it is fetched in.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace visionshard::fetching {

/// An IPv6 address; of IPv4 the mapped one, ::ffff:a.b.c.d.
using Address = std::array<std::uint8_t, 16>;

struct AddressRange {
  Address first{};
  unsigned bits = 128;  // that all addresses of the range share

  bool contains(const Address& address) const noexcept;
};

/// "10.0.0.0/8", "fd00::/8", or one address. Nothing where it is none of these.
std::optional<AddressRange> parse_range(std::string_view text);

/// Nothing where it is of neither family.
std::optional<Address> address_of(const sockaddr* address) noexcept;

/// As people write it, IPv4 with dots.
std::string address_text(const Address& address);

class AddressGuard {
 public:
  AddressGuard() = default;
  /// These ranges may be connected to, whatever they are.
  explicit AddressGuard(std::vector<AddressRange> allowed) : allowed_(std::move(allowed)) {}

  /// Whether the address is public or in an allowed range. Private, loopback, link-local, shared, multicast, reserved,
  /// documentation and cloud metadata addresses are not public, nor is an IPv6 address that stands for such an IPv4
  /// address (RFC 6890 and IANA's registries of special-purpose addresses).
  bool allows(const Address& address) const noexcept;

 private:
  std::vector<AddressRange> allowed_;
};

}  // namespace visionshard::fetching
