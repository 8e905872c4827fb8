#!/usr/bin/env bash
# Installs the Debian packages that building, testing and the demo need; with the argument "build" only those for building
# and packaging, with "lint" only those for scripts/lint.sh. Does nothing where they are installed.
set -euo pipefail

build=(g++ cmake ninja-build pkg-config dpkg-dev file
  libtbb-dev libsimdjson-dev libjpeg62-turbo-dev libturbojpeg0-dev libpng-dev libwebp-dev libssl-dev zlib1g-dev
  libzstd-dev libdeflate-dev liblcms2-dev libgif-dev libtiff-dev libheif-dev libopenjp2-7-dev libjxl-dev libxxhash-dev
  libcurl4-openssl-dev libc-ares-dev libcli11-dev libfmt-dev libexpected-dev libtomlplusplus-dev)
lint=(clang-format-14 clang-tidy-14 git python3)
test=(libgtest-dev libbenchmark-dev python3 python3-pil imagemagick libjpeg-turbo-progs webp libheif-examples
  libavif-bin ffmpeg netpbm libopenjp2-tools libjxl-tools libimage-exiftool-perl zstd xxhash clang clang-14
  libclang-rt-14-dev g++-aarch64-linux-gnu qemu-user slurm-wlm munge parallel openmpi-bin python3-yaml procps mandoc zsh
  fish chromium spin lintian pybind11-dev python3-dev nginx-light openssl)

case "${1:-}" in
  build) wanted=("${build[@]}") ;;
  lint) wanted=("${build[@]}" libgtest-dev libbenchmark-dev pybind11-dev python3-dev "${lint[@]}") ;;
  *) wanted=("${build[@]}" "${test[@]}") ;;
esac
missing=()
for package in "${wanted[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ]; then
  run=()
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
  run=(sudo)
else
  echo "visionshard needs packages that are not installed. Run this once, then try again:" >&2
  echo "  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
  exit 1
fi
echo "setup: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${run[@]}" apt-get update -qq
"${run[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
