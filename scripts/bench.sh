#!/usr/bin/env bash
# Builds the release and times it against its peers on generated corpora, then shows that memory stays within the budget
# on hostile ones. Results go to bench/results. Options are those of bench/end_to_end/run.py, as --help lists them.
# usage: bench.sh [--quick] [OPTIONS]
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh
cmake --preset release >/dev/null
cmake --build --preset release --target visionshard_program | tail -n 1
/usr/bin/python3 bench/end_to_end/run.py "$@"
quick=()
for option in "$@"; do [ "$option" = --quick ] && quick=(--quick); done
/usr/bin/python3 bench/end_to_end/hostile.py "${quick[@]}"
