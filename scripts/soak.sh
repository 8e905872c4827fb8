#!/usr/bin/env bash
# Random corpora, options, kills, stops and faults. Each run is resumed to its end, and its output compared with a model
# of the expected output. Takes an hour, or MINUTES=n; prints the seed of a failure.
# usage: [MINUTES=n] soak.sh [SEED]
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh test
scripts/build.sh release visionshard_program faulty_io
export VISIONSHARD=$PWD/build/release/visionshard VISIONSHARD_FAULTY_IO=$PWD/build/release/tests/libfaulty_io.so
exec /usr/bin/python3 tests/soak/soak.py "${MINUTES:-60}" "$@"
