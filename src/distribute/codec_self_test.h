// What this machine's codecs make of a few pictures that are the same everywhere.
#pragma once

#include <string>

namespace visionshard::distribute {

/// A digest of the codec libraries' versions and of what becomes of a small built-in corpus, in every format but HEIC:
/// kept, converted, turned, shrunk, reduced. Machines whose libraries or processors give other bytes have another one.
/// The same on every call; takes tens of milliseconds. Throws std::bad_alloc.
std::string codec_self_test_digest();

}  // namespace visionshard::distribute
