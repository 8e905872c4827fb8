#!/usr/bin/env bash
# Configures the preset and builds targets in build/PRESET, quietly; a failure is shown with what can be done about it.
# usage: build.sh PRESET [-DOPTION=VALUE...] [TARGET...]
set -euo pipefail
cd "$(dirname "$0")/.."

preset=${1:?usage: build.sh PRESET [-DOPTION=VALUE...] [TARGET...]}
shift
options=() targets=()
for word in "$@"; do
  case "$word" in
    -D*) options+=("$word") ;;
    *) targets+=("$word") ;;
  esac
done
fail() {
  echo "build: $1" >&2
  exit 1
}
log=build/$preset.log
{ mkdir -p build && : >"$log"; } 2>/dev/null || fail "the folder $PWD/build cannot be written; copy $PWD to a place of your own"
if ! { cmake --preset "$preset" "${options[@]}" && cmake --build --preset "$preset" --target "${targets[@]:-all}"; } >"$log" 2>&1; then
  tail -n 40 "$log" >&2 || true
  if grep -qiE 'killed|cannot allocate memory|out of memory' "$log"; then
    fail "memory ran out. Close other programs and run this again with CMAKE_BUILD_PARALLEL_LEVEL=1 before it"
  elif grep -qi 'no space left' "$log" || [ "$(df --output=avail -k build | tail -n 1)" -lt 10000 ]; then
    fail "the disk is full: a build of the program takes 100 MB, with all tests 600 MB. Free some and run this again"
  fi
  exit 1
fi
