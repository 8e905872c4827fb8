#!/usr/bin/env bash
# Builds the Debian package: build/package/visionshard_VERSION_ARCHITECTURE.deb, for the Debian it is built on.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh build
cmake -S . -B build/package -G Ninja -DCMAKE_BUILD_TYPE=Release -DVISIONSHARD_DEVELOPER=OFF
cmake --build build/package
(cd build/package && cpack -G DEB)
