#!/usr/bin/env bash
# Sets up, builds and tests; warnings are errors.
#   test.sh        every fast test, and the demo under the independent checker: at most 8 minutes on two processors
#   test.sh all    also slow tests, schedulers, browser, packages, a corpus of every kind, soak, fuzz runs, sanitizers: 30 to 60
set -euo pipefail
cd "$(dirname "$0")/.."
tier=${1:-fast}
[ "$tier" = fast ] || [ "$tier" = all ] || {
  sed -n '2,4s/^# \{0,1\}//p' scripts/test.sh >&2
  exit 2
}

build() {
  echo "test: building $*"
  scripts/build.sh "$@"
}
run() { ctest --preset "$1" --no-tests=error -j 2 "${@:2}"; }
check() { tests/checker/check_output.py "$@"; }

scripts/setup.sh "${tier/#fast/test}"
build release -DVISIONSHARD_PYTHON=ON -DVISIONSHARD_SCREEN=ON
run release -LE 'long|schedulers'
scripts/demo.sh
check demo/out demo/raw.jsonl --expected demo/expected.json
[ "$tier" = all ] || exit 0

build release benchmarks
run release -L 'long|schedulers'
scripts/photos.sh demo/photos
scripts/demo_corpus.py demo/photos demo/corpus --every-kind
every_kind=(demo/corpus/raw.jsonl demo/corpus/more)
build/release/visionshard convert "${every_kind[@]}" -o demo/corpus/out --image-root demo/corpus/images --force -q
check demo/corpus/out "${every_kind[@]}" --image-root demo/corpus/images --expected demo/corpus/expected.json
scripts/check_profiles.sh
MINUTES=2 scripts/soak.sh
# The fuzzers' build has the address and undefined-behavior sanitizers. It also runs the tests, except those of other
# builds, of schedulers, and of Python code alone.
scripts/fuzz.sh 15 probe rewrite fit line
build fuzz
# Stacks of 5 frames where memory was allocated, not 30: thousands of short runs take 0.9 of the time.
ASAN_OPTIONS=malloc_context_size=5 KILLS=5 CORPORA=30 run fuzz -E '^(engines_|package|layers|bench$|provider_rules_oracle|checker_|report_page|cli_test_(generate|display|manual|completions|readme))'
# The stages on plain threads and in the graph; tests/support/tsan.supp says what is suppressed and why.
build tsan engine_test convert_test
run tsan -R '^(engine|convert)_test$'
