#!/usr/bin/env bash
# Set-up, build, all tests. Warnings are errors. Ends with the number of tests passed and failed.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh
run() {
  local preset=$1
  shift
  echo "test: $preset"
  cmake --preset "$preset" >/dev/null
  cmake --build --preset "$preset" | tail -n 1
  ctest --preset "$preset" --no-tests=error "$@"
}
# Fast ones first; then the demo's output under the independent checker; then the parts that matter under sanitizers.
run release -j 2
scripts/demo.sh
tests/checker/check_output.py demo/out demo/corpus/raw.jsonl demo/corpus/more --image-root demo/corpus/images \
  --expected demo/corpus/expected.json
run asan -E 'cli_test_input|cli_test_shards|installed_library|base64_neon|layers|checker'
