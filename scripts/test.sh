#!/usr/bin/env bash
# Set-up, build, all tests. Warnings are errors. Ends with the number of tests passed and failed.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh
run() {
  local preset=$1 targets=$2
  shift 2
  echo "test: $preset"
  cmake --preset "$preset" >/dev/null
  # shellcheck disable=SC2086
  cmake --build --preset "$preset" --target $targets >"build/$preset.log" || {
    tail -n 40 "build/$preset.log"
    return 1
  }
  ctest --preset "$preset" --no-tests=error "$@"
}
# Fast ones first; then the demo's output under the independent checker and under `check`; then the parts that matter under sanitizers.
run release all -j 2
scripts/demo.sh
tests/checker/check_output.py demo/out demo/corpus/raw.jsonl demo/corpus/more --image-root demo/corpus/images \
  --expected demo/corpus/expected.json
scripts/check_profiles.sh
MINUTES=2 scripts/soak.sh
# A short run of what scripts/fuzz.sh does at length; its build has the sanitizers, and serves the tests as well.
scripts/fuzz.sh 15 probe rewrite fit line
parsers="base64_test input_test example_test codec_test image_test visionshard_program"
run fuzz "$parsers block_reader_replay fit_replay line_replay probe_replay rewrite_replay" -j 2 \
  -R '^(base64_test|input_test|example_test|codec_test|image_test|truth_table|cli_test_odd_images|replay_(block_reader|fit|line|probe|rewrite))$'
# The stages on plain threads and the graph; tests/support/tsan.supp says what is not to be seen there.
run tsan pipeline_test -R '^pipeline_test$'
