#include "fetch/address_guard.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netdb.h>

namespace visionshard::fetching {
namespace {

// What the system makes of a host written as a number, which is what a connection would go to.
Address system_address(const char* text) {
  addrinfo hints{}, *found = nullptr;
  hints.ai_flags = AI_NUMERICHOST;
  EXPECT_EQ(::getaddrinfo(text, nullptr, &hints, &found), 0) << text;
  const auto address = address_of(found->ai_addr);
  ::freeaddrinfo(found);
  return address.value();
}

TEST(AddressGuard, RefusesEveryNotPublicAddressInEverySpelling) {
  const AddressGuard guard;
  for (const char* text : {"127.0.0.1",
                           "127.1",
                           "0x7f.1",
                           "0177.0.0.1",
                           "2130706433",
                           "0",
                           "10.1.2.3",
                           "172.16.0.1",
                           "172.31.255.255",
                           "192.168.1.1",
                           "100.64.0.1",
                           "100.127.255.255",
                           "169.254.169.254",
                           "168.63.129.16",
                           "192.0.0.170",
                           "198.19.255.255",
                           "224.0.0.1",
                           "239.255.255.255",
                           "240.0.0.1",
                           "255.255.255.255",
                           "192.0.2.1",
                           "198.51.100.1",
                           "203.0.113.1",
                           "::",
                           "::1",
                           "::127.0.0.1",
                           "::ffff:127.0.0.1",
                           "::ffff:a00:1",
                           "::ffff:0:127.0.0.1",
                           "64:ff9b::127.0.0.1",
                           "64:ff9b::a9fe:a9fe",
                           "64:ff9b:1::1",
                           "2002:7f00:1::",
                           "2002:a9fe:a9fe::1",
                           "2001::1",
                           "2001:0:4136:e378:8000:63bf:3fff:fdd2",
                           "2001:db8::1",
                           "fc00::1",
                           "fd00:ec2::254",
                           "fe80::1",
                           "fec0::1",
                           "ff02::1",
                           "100::1",
                           "3fff::1",
                           "5f00::1"})
    EXPECT_FALSE(guard.allows(system_address(text))) << text;
}

TEST(AddressGuard, AllowsPublicAddresses) {
  const AddressGuard guard;
  for (const char* text :
       {"8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.0", "172.32.0.1", "168.63.129.17", "223.255.255.255",
        "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1"})
    EXPECT_TRUE(guard.allows(system_address(text))) << text;
}

TEST(AddressGuard, OpensTheRangesItIsGiven) {
  const AddressGuard guard({parse_range("127.0.0.0/9").value(), parse_range("fd12::/16").value()});
  EXPECT_TRUE(guard.allows(system_address("127.0.0.1")));
  EXPECT_TRUE(guard.allows(system_address("127.127.255.255")));
  EXPECT_TRUE(guard.allows(system_address("::ffff:127.0.0.1")));  // the same address
  EXPECT_FALSE(guard.allows(system_address("127.128.0.0")));
  EXPECT_FALSE(guard.allows(system_address("64:ff9b::127.0.0.1")));
  EXPECT_TRUE(guard.allows(system_address("fd12::5")));
  EXPECT_FALSE(guard.allows(system_address("fd13::5")));
  EXPECT_FALSE(guard.allows(system_address("10.0.0.1")));
}

TEST(AddressGuard, ReadsRangesOnlyAsTheyAreWritten) {
  for (const char* text :
       {"", "/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8x", "10.0.0", "::/129", "host", "10.0.0.0/-1"})
    EXPECT_FALSE(parse_range(text)) << text;
  EXPECT_EQ(parse_range("10.0.0.7")->bits, 128u);
  EXPECT_TRUE(parse_range("0.0.0.0/0")->contains(system_address("9.9.9.9")));
  EXPECT_FALSE(parse_range("0.0.0.0/0")->contains(system_address("2606::1")));
}

TEST(AddressGuard, WritesAddressesAsPeopleDo) {
  EXPECT_EQ(address_text(system_address("2130706433")), "127.0.0.1");
  EXPECT_EQ(address_text(system_address("FE80:0::1")), "fe80::1");
}

}  // namespace
}  // namespace visionshard::fetching
