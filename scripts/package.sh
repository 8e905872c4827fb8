#!/usr/bin/env bash
# Builds Debian packages into build/package, for the Debian release this runs on: visionshard_VERSION_ARCHITECTURE.deb
# (the program), libvisionshard-dev_VERSION_ARCHITECTURE.deb (headers and static library) and, if pybind11-dev and
# python3-dev are installed, python3-visionshard_VERSION_ARCHITECTURE.deb.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh build
cmake -S . -B build/package -G Ninja -DCMAKE_BUILD_TYPE=Release
cmake --build build/package
(cd build/package && cpack -G DEB)
