#!/usr/bin/env bash
# Sets up, builds, runs all tests. Warnings are errors. The last line has the number of tests passed and failed.
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
# Fast ones first; then the demo's output under the independent checker and under `check`; then the same tests under
# sanitizers.
run release all -j 2
scripts/demo.sh
tests/checker/check_output.py demo/out demo/corpus/raw.jsonl demo/corpus/more --image-root demo/corpus/images \
  --expected demo/corpus/expected.json
scripts/check_profiles.sh
MINUTES=2 scripts/soak.sh
# Short fuzz runs. Their build has the address and undefined-behavior sanitizers and runs the tests too, except those of
# other builds, of schedulers, and of Python code alone.
scripts/fuzz.sh 15 probe rewrite fit line
KILLS=5 run fuzz all -j 2 -E '^(engines_|package|layers|bench$|provider_rules_oracle|checker_|report_page|cli_test_(generate|display|manual|completions|readme))'
# The stages on plain threads and in the graph; tests/support/tsan.supp says what is suppressed and why.
run tsan "engine_test convert_test" -R '^(engine|convert)_test$'
