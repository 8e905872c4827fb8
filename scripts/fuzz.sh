#!/usr/bin/env bash
# Builds the fuzz targets with address and undefined sanitizers and runs each for SECONDS, one after the other. Seeds are
# the committed corpus and the truth table's files; what is new goes to build/fuzz/found, a crash to build/fuzz/crashes.
# usage: fuzz.sh [SECONDS [TARGET...]]
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-600}
shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(probe rewrite fit line base64 block_reader)

scripts/setup.sh
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz --target fuzzers >build/fuzz.log || {
  tail -n 40 build/fuzz.log
  exit 1
}
seeds=build/fuzz/seeds
rm -rf "$seeds"
/usr/bin/python3 tests/truth/cases.py "$seeds"
mkdir -p build/fuzz/crashes
export LSAN_OPTIONS=suppressions=$PWD/tests/fuzz/leaks.supp:print_suppressions=0
for target in "${targets[@]}"; do
  mkdir -p "build/fuzz/found/$target" "$seeds/$target"
  # A picture may be 65,536 pixels in these targets: a second is far more than any should take.
  build/fuzz/tests/"${target}_fuzz" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=20000 \
    -print_final_stats=1 -verbosity=0 -artifact_prefix=build/fuzz/crashes/ \
    "build/fuzz/found/$target" "tests/fuzz/corpus/$target" "$seeds/$target" 2>&1 |
    grep -E "ERROR|SUMMARY|runtime error|number_of_executed_units|Test unit written|: the |: a " || true
  if compgen -G "build/fuzz/crashes/*" >/dev/null; then
    echo "fuzz: $target failed; see build/fuzz/crashes"
    exit 1
  fi
  echo "fuzz: $target ran $seconds s without a find"
done
