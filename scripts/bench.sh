#!/usr/bin/env bash
# Builds the release and times it against its peers on generated corpora; then shows that memory stays within the budget
# on hostile streams. With options only the former, with "hostile" only the latter. Results go to bench/results.
# usage: bench.sh [--quick] | bench.sh OPTIONS of run.py | bench.sh hostile [OPTIONS of hostile.py]; each takes --help
set -euo pipefail
cd "$(dirname "$0")/.."

case " $* " in
  *" --help "* | *" -h "*) build=false ;;
  *) build=true ;;
esac
if $build; then
  scripts/setup.sh
  cmake --preset release >/dev/null
  cmake --build --preset release --target visionshard_program | tail -n 1
fi
case "$*" in
  hostile*)
    shift
    bench/end_to_end/hostile.py "$@"
    ;;
  "" | --quick)
    bench/end_to_end/run.py "$@"
    bench/end_to_end/hostile.py "$@"
    ;;
  *) bench/end_to_end/run.py "$@" ;;
esac
