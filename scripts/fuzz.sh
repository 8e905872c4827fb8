#!/usr/bin/env bash
# Builds the fuzz targets with the address and undefined-behavior sanitizers and runs each for SECONDS, one after the
# other. Seeds are the committed corpus and the files of the truth table; new inputs go to build/fuzz/found, crashes to
# build/fuzz/crashes. Exit status 1 where a target crashed or did not start.
# usage: fuzz.sh [SECONDS [TARGET...]]
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-600}
shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(probe rewrite fit line layout base64 block_reader)

scripts/setup.sh fuzz
scripts/build.sh fuzz fuzzers
seeds=build/fuzz/seeds
rm -rf "$seeds"
/usr/bin/python3 tests/truth/cases.py "$seeds"
mkdir -p build/fuzz/crashes
export LSAN_OPTIONS=suppressions=$PWD/tests/fuzz/leaks.supp:print_suppressions=0
for target in "${targets[@]}"; do
  mkdir -p "build/fuzz/found/$target" "$seeds/$target"
  # An image has at most 65,536 pixels in these targets: ten seconds is far more than one input should take.
  status=0
  build/fuzz/tests/"${target}_fuzz" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=20000 \
    -print_final_stats=1 -verbosity=0 -artifact_prefix=build/fuzz/crashes/ \
    "build/fuzz/found/$target" "tests/fuzz/corpus/$target" "$seeds/$target" >"build/fuzz/$target.log" 2>&1 || status=$?
  grep -E "ERROR|SUMMARY|runtime error|number_of_executed_units|Test unit written|: the |: a " "build/fuzz/$target.log" || true
  if [ "$status" -ne 0 ]; then
    echo "fuzz: $target ended with status $status; see build/fuzz/$target.log and build/fuzz/crashes"
    exit 1
  fi
  echo "fuzz: $target ran $seconds s and found nothing"
done
