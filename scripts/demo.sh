#!/usr/bin/env bash
# From a bare Debian 12 to a result: set-up, build, real photographs, a raw corpus, the conversion, where to look.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh
echo "demo: building"
cmake --preset release >/dev/null
cmake --build --preset release --target visionshard_program | tail -n 1
echo "demo: photographs from Debian's wallpaper packages"
scripts/photos.sh demo/photos
if [ ! -e demo/corpus/expected.json ]; then
  echo "demo: a raw corpus of every kind of line"
  scripts/demo_corpus.py demo/photos demo/corpus
fi
echo "demo: build/release/visionshard convert demo/corpus/raw.jsonl demo/corpus/more -o demo/out --image-root demo/corpus/images"
build/release/visionshard convert demo/corpus/raw.jsonl demo/corpus/more -o demo/out --image-root demo/corpus/images --force
echo
echo "Look at: demo/out/train-00000.jsonl    upload this"
echo "         demo/out/rejected.jsonl       every line left out, with its reason; fix and convert it again"
echo "         demo/out/report.html          the run at a glance, in a browser"
echo "         demo/out/manifest.json        digests and counts, for programs"
