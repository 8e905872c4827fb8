#!/usr/bin/env bash
# Made-up corpora, random options, kills, stops and faults, each run gone on with to its end and held to a model of what must
# come out. An hour, or MINUTES=n; the seed of a failure is printed.
# usage: [MINUTES=n] soak.sh [SEED]
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh
cmake --preset release >/dev/null
cmake --build --preset release --target visionshard_program faulty_io | tail -n 1
export VISIONSHARD=$PWD/build/release/visionshard VISIONSHARD_FAULTY_IO=$PWD/build/release/tests/libfaulty_io.so
exec /usr/bin/python3 tests/soak/soak.py "${MINUTES:-60}" "$@"
