#!/usr/bin/env bash
# From a bare Debian 12 to a result: set-up, build, real photographs, a raw corpus, the conversion, where to look.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh demo
# A build that is configured already, perhaps with tests, stays as it is.
[ -e build/release/build.ninja ] && options=() || options=(-DVISIONSHARD_TESTS=OFF)
[ -e build/release/visionshard ] || echo "demo: building; this takes two to four minutes on two processors"
scripts/build.sh release "${options[@]}" visionshard_program
echo "demo: photographs from Debian's package mate-backgrounds (47 MB)"
scripts/photos.sh demo/photos mate-backgrounds
echo "demo: a raw corpus made of them, in demo/raw.jsonl:"
scripts/demo_corpus.py demo/photos/usr/share/backgrounds/mate demo
echo
echo "$ build/release/visionshard convert demo/raw.jsonl -o demo/out"
build/release/visionshard convert demo/raw.jsonl -o demo/out --force
echo
scripts/demo/show_reject.py demo/out/rejected.jsonl corrupt_image
echo "The whole run, with the images before and after: open demo/out/report.html in a browser."
