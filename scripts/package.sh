#!/usr/bin/env bash
# Builds Debian packages into build/package, for the Debian release this runs on: visionshard_VERSION_ARCHITECTURE.deb
# (the program), libvisionshard-dev_VERSION_ARCHITECTURE.deb (headers and static library),
# python3-visionshard_VERSION_ARCHITECTURE.deb and visionshard-screen_VERSION_ARCHITECTURE.deb.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh package
echo "package: building; this takes two to four minutes on two processors"
scripts/build.sh package
(cd build/package && cpack -G DEB)
