#!/usr/bin/env bash
# Builds the release and times it against its peers on corpora whose images do not repeat; then shows that memory stays
# within the budget on hostile streams, and what single images take. With options only the first, with "hostile" or
# "images" only the second or third. Results go to bench/results.
# usage: bench.sh [--quick] | bench.sh OPTIONS of run.py | bench.sh hostile [OPTIONS of hostile.py]
#      | bench.sh images [OPTIONS of images.py]; each takes --help
set -euo pipefail
cd "$(dirname "$0")/.."

case " $* " in
  *" --help "* | *" -h "*) build=false ;;
  *) build=true ;;
esac
if $build; then
  scripts/setup.sh test
  scripts/build.sh release visionshard_program
  [ "${1:-}" = hostile ] || scripts/photos.sh demo/photos || echo "bench: no photographs; pictures are made up"
  # The second peer needs Node and one package, which brings its own libvips.
  if command -v npm >/dev/null && [ ! -d build/bench/sharp/node_modules/sharp ]; then
    mkdir -p build/bench/sharp
    npm install --no-audit --no-fund --silent --prefix build/bench/sharp sharp ||
      echo "bench: sharp could not be installed; it does not take part"
  fi
fi
case "${1:-}" in
  hostile | images)
    kind=$1
    shift
    bench/end_to_end/"$kind".py "$@"
    ;;
  "" | --quick)
    bench/end_to_end/run.py "$@"
    bench/end_to_end/hostile.py "$@"
    bench/end_to_end/images.py "$@"
    ;;
  *) bench/end_to_end/run.py "$@" ;;
esac
