#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "../support/base64_agreement.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace base64 = visionshard::base64;
  const std::string_view input(reinterpret_cast<const char*>(data), std::min(size, base64::agreement_limit_bytes / 2));
  for (const std::string& disagreement :
       {base64::decode_disagreement(input), base64::prefix_disagreement(input), base64::encode_disagreement(input)}) {
    if (disagreement.empty()) continue;
    std::fprintf(stderr, "%s\n", disagreement.c_str());
    std::abort();
  }
  return 0;
}
