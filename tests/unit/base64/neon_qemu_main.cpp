// The kernel comparison as a separate program: there is no GoogleTest for the emulated ARM machine.
#include <cstdio>

#include "../../support/base64_agreement.h"

namespace {

int failures = 0;
int comparisons = 0;

void expect_agreement(const std::string& disagreement) {
  ++comparisons;
  if (disagreement.empty()) return;
  ++failures;
  std::fprintf(stderr, "%s\n", disagreement.c_str());
}

}  // namespace

int main() {
  namespace base64 = visionshard::base64;
  for (const base64::Kernel kernel : base64::available_kernels())
    if (base64::bytes_written_behind(kernel) != base64::expected_bytes_written_behind(kernel))
      expect_agreement("another kernel ran than " + std::string(base64::name(kernel)));
  if (base64::available_kernels().back() != base64::Kernel::neon) expect_agreement("no NEON kernel");

  base64::for_each_edge_text([](const std::string& text) { expect_agreement(base64::decode_disagreement(text)); });
  base64::RandomTexts random(2);
  for (int i = 0; i < 10000; ++i) expect_agreement(base64::decode_disagreement(random.text(400)));
  for (int i = 0; i < 100; ++i) expect_agreement(base64::decode_disagreement(random.text(7000)));
  for (std::size_t length = 0; length <= 700; ++length)
    expect_agreement(base64::encode_disagreement(random.bytes(length)));

  std::printf("%d comparisons, %d failures\n", comparisons, failures);
  return failures == 0 ? 0 : 1;
}
